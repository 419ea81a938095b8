#compdef homeperf
# Completion of homeperf for zsh: source <(homeperf completion zsh), after compinit; or a file _homeperf in $fpath.

_homeperf() {
    local kind value help
    local -a values shown
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            word)
                values+=("$value")
                shown+=("$value${help:+  -- $help}")
                ;;
            file) compset -P '-*='; _files ;;
            dir) compset -P '-*='; _files -/ ;;
        esac
    done < <(
        _HOMEPERF_COMPLETE=zsh_complete command homeperf "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null
    )
    (( $#values )) && compadd -l -d shown -a -- values
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _homeperf "$@"
else
    compdef _homeperf homeperf
fi
