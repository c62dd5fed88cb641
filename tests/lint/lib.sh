# shellcheck shell=bash
# sources GLOB...: the files of the project that match: tracked ones, or all where there is no git.
sources() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@"
  else
    local glob
    for glob in "$@"; do find . -path ./build -prune -o -type f -name "$glob" -print | sed 's|^\./||'; done
  fi
}
