# Completion of homeperf for bash: source <(homeperf completion bash)

_homeperf_completion() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            word:*) COMPREPLY+=("${line#word:}") ;;
            file:*) compopt -o default 2>/dev/null ;;
            dir:*) compopt -o dirnames 2>/dev/null ;;
        esac
    done < <(
        _HOMEPERF_COMPLETE=bash_complete COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_COMMAND="$1" COMP_WORD="$2" \
            command homeperf 2>/dev/null
    )
}

complete -o nosort -F _homeperf_completion homeperf 2>/dev/null || complete -F _homeperf_completion homeperf
