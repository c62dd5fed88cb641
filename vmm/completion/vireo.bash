# bash completion for vireo; zsh takes it too, after `autoload -U bashcompinit && bashcompinit`
_vireo() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word verb=""
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in run | plan | show | host | schema) verb=$word && break ;; esac
  done
  case $previous in
    --log-level) mapfile -t COMPREPLY < <(compgen -W "error warn info debug trace" -- "$current") && return ;;
    --timings) mapfile -t COMPREPLY < <(compgen -W "text json" -f -X '!*.y*ml' -- "$current") && return ;;
  esac
  case $verb in
    run) mapfile -t COMPREPLY < <(compgen -W "--timings --help" -- "$current"; compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current") ;;
    plan) mapfile -t COMPREPLY < <(compgen -W "--json --help" -- "$current"; compgen -f -X '!*.y*ml' -- "$current"; compgen -d -- "$current") ;;
    show) mapfile -t COMPREPLY < <(compgen -W "$(vireo show 2>/dev/null | sed -n 's/  process .*//p') --json --help" -- "$current") ;;
    host) mapfile -t COMPREPLY < <(compgen -W "list restore --json --tree --help" -- "$current") ;;
    schema) mapfile -t COMPREPLY < <(compgen -W "--help" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "run plan show host schema --log-level --help --version" -- "$current") ;;
  esac
}
complete -o filenames -F _vireo vireo
