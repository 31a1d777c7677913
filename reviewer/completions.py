"""Pure: completion scripts for shells, made from the commands. A script starts this program for names of models only.

Names that come from elsewhere (branches, models) are never handed to what the shell expands: a branch may be called
`$(rm -r .)`. Those with a character that a shell could read as its own are not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reviewer.commandtree import Command
from reviewer.memory import LADDER

_KINDS = {
    "A..B": "refs",
    "EVIDENCE": "words proved suspected never",
    "FILE": "files",
    "MODEL": f"words {' '.join(one.name for one in LADDER)}",
    "NAME": "models",
    "PATHS": "files",
    "REF": "refs",
    "all": "words all",
}
"""What completes a value, by what the help calls it; one that is called `a|b` is one of these words."""

_LISTS = r"""_reviewer_models() {
  printf '%s\n' auto embedded none
  reviewer models --format names 2>/dev/null
}
_reviewer_refs() {
  git for-each-ref --format='%(refname:short)' 2>/dev/null
}
"""

_BASH = r"""# Completion of `reviewer` and `git review` for bash: source <(reviewer completion bash)
_reviewer_paths='@PATHS@'
@TABLES@
@LISTS@
_reviewer_add() { # each line of stdin that the word begins, behind $1
  local word
  while IFS= read -r word; do
    case $word in *[!A-Za-z0-9_./@:+-]*) continue ;; esac
    case $1$word in "$cur"*) COMPREPLY+=("$1$word") ;; esac
  done
}
_reviewer_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}
_reviewer_value() { # what completes a value of the kind $1
  case $1 in
    files) _reviewer_files ;;
    models) _reviewer_add "" < <(_reviewer_models) ;;
    refs)
      local before=
      case $cur in *..*) before=${cur%..*}.. ;; esac
      case $cur in *...*) before=${cur%...*}... ;; esac
      _reviewer_add "$before" < <(_reviewer_refs)
      ;;
    words*) _reviewer_add "" < <(printf '%s\n' "${1#words }" | tr ' ' '\n') ;;
  esac
}
_reviewer() {
  local line=${COMP_LINE:0:COMP_POINT} path=reviewer cur previous="" word commands options argument kind
  local -a typed
  read -ra typed <<<"$line"
  case $line in *[[:space:]]) typed+=("") ;; esac
  cur=${typed[${#typed[@]} - 1]}
  COMPREPLY=()
  case ${typed[0]} in git | */git) path=git ;; esac
  for word in "${typed[@]:1:${#typed[@]}-2}"; do
    case $_reviewer_paths in *"|$path $word|"*) path="$path $word" ;; esac
    previous=$word
  done
  case $cur in --*=*) previous=${cur%%=*} cur=${cur#*=} ;; esac
  _reviewer_describe "$path"
  kind=$(_reviewer_kind "$path" "$previous")
  if [ -n "$kind" ]; then
    [ "$kind" = any ] || _reviewer_value "$kind"
  else
    case $cur in
      -*) _reviewer_add "" < <(printf '%s\n' "$options" | tr ' ' '\n') ;;
      *)
        [ -z "$commands" ] || _reviewer_value "words $commands"
        [ -z "$argument" ] || _reviewer_value "$argument"
        ;;
    esac
  fi
  case $cur$COMP_WORDBREAKS in # the shell has split the word at its colons, and wants the last piece only
    *:*:*) word=${cur%"${cur##*:}"} && COMPREPLY=("${COMPREPLY[@]#"$word"}") ;;
  esac
}
_git_review() { _reviewer; }
complete -F _reviewer reviewer git-review
"""

_ZSH = r"""#compdef reviewer git-review
# Completion of `reviewer` and `git review` for zsh, after compinit: source <(reviewer completion zsh)
_reviewer_paths='@PATHS@'
@TABLES@
@LISTS@
_reviewer_value() {
  local -a found
  case $1 in
    files) _files ;;
    models) found=("${(@f)$(_reviewer_models)}") ;;
    refs)
      found=("${(@f)$(_reviewer_refs)}")
      compset -P '*...' || compset -P '*..'
      ;;
    words*) found=(${(s: :)1#words }) ;;
  esac
  found=("${(@)found:#*[^A-Za-z0-9_.\/@:+-]*}")
  (( $#found )) && compadd -a found
}
_reviewer() {
  local place=reviewer word previous= commands options argument kind
  [[ ${words[1]:t} == reviewer ]] || place='git review'
  for word in "${(@)words[2,CURRENT-1]}"; do
    [[ $_reviewer_paths == *"|$place $word|"* ]] && place="$place $word"
    previous=$word
  done
  if [[ $PREFIX == --*=* ]]; then
    previous=${PREFIX%%=*}
    compset -P '--*='
  fi
  _reviewer_describe "$place"
  kind=$(_reviewer_kind "$place" "$previous")
  if [[ -n $kind ]]; then
    [[ $kind == any ]] || _reviewer_value "$kind"
  elif [[ $PREFIX == -* ]]; then
    compadd -- ${(s: :)options}
  else
    [[ -z $commands ]] || _reviewer_value "words $commands"
    [[ -z $argument ]] || _reviewer_value "$argument"
  fi
}
_git-review() { _reviewer "$@"; }
if [[ ${funcstack[1]} == _reviewer ]]; then _reviewer "$@"; else compdef _reviewer reviewer git-review; fi
"""

_FISH = r"""# Completion of `reviewer` and `git review` for fish: reviewer completion fish | source
function __reviewer_at --argument-names wanted
    set -l typed (commandline -opc)
    set -l path (path_of_program $typed[1])
    for word in $typed[2..]
        if contains -- "$path $word" @PATHS@
            set path "$path $word"
        end
    end
    test "$path" = "$wanted"
end
function __reviewer_models
    printf '%s\n' auto embedded none
    reviewer models --format names 2>/dev/null
end
function __reviewer_refs
    git for-each-ref --format='%(refname:short)' 2>/dev/null
end
"""


def bash(roots: Sequence[Command], formats: Sequence[str]) -> str:
    """The script for bash, 3.2 and newer."""
    return _filled(_BASH, roots, formats)


def zsh(roots: Sequence[Command], formats: Sequence[str]) -> str:
    """The script for zsh: to be sourced, or as a file `_reviewer` on its `fpath`."""
    return _filled(_ZSH, roots, formats)


def fish(roots: Sequence[Command], formats: Sequence[str]) -> str:
    """The script for fish."""
    head = _FISH.replace("(path_of_program $typed[1])", "(string replace -r '.*/' '' -- $typed[1])")
    lines = [head.replace("@PATHS@", " ".join(_fish_text(path) for path in _paths(roots)))]
    for command in _all(roots):
        program = command.path.partition(" ")[0]
        start = f"complete -c {program} -n {_fish_text(f'__reviewer_at {_fish_text(command.path)}')}"
        lines += [f"{start} -f -a {one.name} -d {_fish_text(_first(one.help))}" for one in command.commands]
        kind = _argument(command, formats)
        if kind != "files" and (command.commands or kind or not command.arguments):
            lines.append(f"{start} -f{_fish_values(kind)}")
        for option in command.options:
            names = "".join(f" -{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" for name in option.names)
            value = "" if not option.value else " -r -F" if kind_of(option.value, formats) == "files" else " -x"
            lines.append(
                f"{start}{names}{value}{_fish_values(kind_of(option.value, formats))} -d {_fish_text(option.help)}"
            )
    return "\n".join(lines) + "\n"


SHELLS: dict[str, Callable[[Sequence[Command], Sequence[str]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def kind_of(value: str, formats: Sequence[str]) -> str:
    """What completes a value that the help calls so: `files`, `models`, `refs`, `words ...`, "" where nothing does.

    >>> kind_of("fail|pass", ()), kind_of("FILE", ()), kind_of("SECONDS", ())
    ('words fail pass', 'files', '')
    """
    if value == "FORMAT":
        return f"words {' '.join(formats)}"
    return f"words {value.replace('|', ' ')}" if "|" in value else _KINDS.get(value, "")


def _filled(template: str, roots: Sequence[Command], formats: Sequence[str]) -> str:
    paths = "|".join(_paths(roots))
    return (
        template.replace("@TABLES@", _tables(roots, formats))
        .replace("@LISTS@", _LISTS.rstrip())
        .replace("@PATHS@", f"|{paths}|")
    )


def _tables(roots: Sequence[Command], formats: Sequence[str]) -> str:
    """Two functions that bash and zsh both understand: what a command has, and what completes an option's value."""
    describe, kinds = [], []
    for command in _all(roots):
        commands = " ".join(one.name for one in command.commands)
        options = " ".join(name for option in command.options for name in option.names)
        argument = _argument(command, formats)
        describe.append(f"    '{command.path}') commands='{commands}' options='{options}' argument='{argument}' ;;")
        for option in command.options:
            if option.value:
                names = " | ".join(f"'{command.path} {name}'" for name in option.names)
                kinds.append(f"    {names}) printf '%s' '{kind_of(option.value, formats) or 'any'}' ;;")
    return "\n".join([
        "_reviewer_describe() {",
        "  commands='' options='' argument=''",
        '  case "$1" in',
        *describe,
        "  esac",
        "}",
        "_reviewer_kind() { # of the value of the option $2 of the command $1; nothing if it takes none",
        '  case "$1 $2" in',
        *kinds,
        "  esac",
        "}",
    ])  # fmt: skip


def _argument(command: Command, formats: Sequence[str]) -> str:
    return kind_of(command.arguments[0].name, formats) if command.arguments else ""


def _all(roots: Sequence[Command]) -> list[Command]:
    return [command for root in roots for command in root.walk()]


def _paths(roots: Sequence[Command]) -> list[str]:
    return [command.path for command in _all(roots)]


def _first(text: str) -> str:
    """The first line of a help text."""
    return text.partition("\n")[0]


def _fish_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _fish_values(kind: str) -> str:
    if kind in ("models", "refs"):
        return f" -a '(__reviewer_{kind})'"
    return f" -a {_fish_text(kind.removeprefix('words '))}" if kind.startswith("words ") else ""
