# Completion of homeperf for fish: homeperf completion fish | source

function __homeperf_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l lead (string match --regex -- '^-.*?=' "$current")
    set -l path (string replace --regex -- '^-.*?=' '' "$current")
    _HOMEPERF_COMPLETE=fish_complete command homeperf $words "$current" 2>/dev/null |
        while read --local --delimiter=\t kind value help
            switch $kind
                case word
                    printf '%s\t%s\n' $value $help
                case file
                    string replace --regex -- '^' "$lead" (__fish_complete_path "$path")
                case dir
                    string replace --regex -- '^' "$lead" (__fish_complete_directories "$path")
            end
        end
end

complete --command homeperf --no-files --keep-order --arguments '(__homeperf_complete)'
