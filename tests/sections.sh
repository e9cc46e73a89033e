# Headings and times for tests/run and .ci/run; to be sourced.
# Every section is ended by the next one or by the end of the script, and a script that stops early says in which.

SECTION=
SECTION_START=0
SECTION_TIMES=()

section() {
    end_section done
    SECTION=$1
    SECTION_START=$SECONDS
    printf '\n==== %s\n' "$SECTION"
}

end_section() {
    if [ -n "$SECTION" ]; then
        SECTION_TIMES+=("$(printf '%6ss  %-6s  %s' "$((SECONDS - SECTION_START))" "$1" "$SECTION")")
    fi
    SECTION=
}

# To be called from the EXIT trap with the exit status.
report_sections() {
    if [ "$1" = 0 ]; then end_section done; else end_section FAILED; fi
    printf '\n==== %s: time of each section, %ss in all\n' "$0" "$SECONDS"
    printf '%s\n' "${SECTION_TIMES[@]}"
}

say() {
    printf -- '-- %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

target_dir() {
    local dir=${CARGO_TARGET_DIR:-target}
    mkdir -p "$dir"
    (cd "$dir" && pwd)
}

# cargo_tool PROGRAM CRATE ARGUMENT...: prints the program's path, after installing it where no other tool is touched.
cargo_tool() {
    local program=$1 crate=$2 root
    shift 2
    root=$(target_dir)/tools
    if [ -x "$root/bin/$program" ]; then
        echo "$root/bin/$program"
    elif command -v "$program"; then
        return
    else
        # A target directory inside ours, or cargo would compile into a temporary one and lose it on failure.
        cargo install --locked --quiet --root "$root" --target-dir "$root/build" "$crate" "$@" >&2
        rm -rf "$root/build"
        echo "$root/bin/$program"
    fi
}
