# bash completion for vireo; zsh takes it too, after `autoload -U bashcompinit && bashcompinit`

# _vireo_host: what may follow `vireo host`.
_vireo_host() {
  local line=" ${COMP_WORDS[*]:0:COMP_CWORD} " settings="mac vlan qos proto spoofchk trust state max_tx_rate min_tx_rate"
  local words="list restore vf --json --tree --help"
  # PFs by the names that people have for them.
  local functions="/sys/class/net/*/device/sriov_numvfs /sys/class/nvme/*/device/sriov_numvfs"
  case $line in
    *" vf create "* | *" vf list "* | *" vf release "* | *" vf destroy "* | *" vf set "*)
      # shellcheck disable=SC2086 # patterns
      words="$(ls -d $functions 2>/dev/null | cut -d/ -f5) --json --help"
      [[ $line == *" vf set "*" "*" "* ]] && words="$settings queues interrupts namespaces --json --help" ;;
    *" vf "*) words="create set list release destroy --help" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

_vireo() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word verb=""
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in run | plan | show | doctor | host | schema) verb=$word && break ;; esac
  done
  case $previous in
    --log-level) mapfile -t COMPREPLY < <(compgen -W "error warn info debug trace" -- "$current") && return ;;
    --timings) mapfile -t COMPREPLY < <(compgen -W "text json" -f -X '!*.y*ml' -- "$current") && return ;;
  esac
  case $verb in
    run) mapfile -t COMPREPLY < <(compgen -W "--timings --help" -- "$current"; compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current") ;;
    plan) mapfile -t COMPREPLY < <(compgen -W "--json --svg --help" -- "$current"; compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current") ;;
    show) mapfile -t COMPREPLY < <(compgen -W "$(vireo show 2>/dev/null | sed -n 's/  process .*//p') --json --help" -- "$current") ;;
    doctor) mapfile -t COMPREPLY < <(compgen -W "--fix --yes --json --help" -- "$current"; compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current") ;;
    host) _vireo_host ;;
    schema) mapfile -t COMPREPLY < <(compgen -W "--help" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "run plan show doctor host schema --log-level --help --version" -- "$current") ;;
  esac
}
complete -o filenames -F _vireo vireo
