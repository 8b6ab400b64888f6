// SPDX-License-Identifier: MIT

/** Completion for bash: `source <(musersctl completion bash)`. */
export const BASH_COMPLETION = `_musersctl() {
	local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
	case $previous in
	--keys) COMPREPLY=($(compgen -f -- "$word")) ;;
	--server | --rate | --burst | --expires | --mac) COMPREPLY=() ;;
	--interface) COMPREPLY=($(compgen -W "$(ls /sys/class/net)" -- "$word")) ;;
	key) COMPREPLY=($(compgen -W new -- "$word")) ;;
	completion) COMPREPLY=($(compgen -W bash -- "$word")) ;;
	*)
		local words="--server --keys --json --help --version"
		local any=" \${COMP_WORDS[*]:1:COMP_CWORD-1} "
		case $any in
		*" add "*) words+=" --rate --burst --expires --interface --mac" ;;
		*" mode "*) words+=" enforce monitor $(ls /sys/class/net)" ;;
		*" list "* | *" denied "* | *" status "*) ;;
		*" remove "* | *" explain "*)
			words+=" $(musersctl list 2>/dev/null | awk 'NR > 1 { print $1; print $2 }' | sort -u)"
			;;
		*) words+=" add remove mode list denied explain status key completion" ;;
		esac
		COMPREPLY=($(compgen -W "$words" -- "$word"))
		;;
	esac
}
complete -F _musersctl musersctl
`;
