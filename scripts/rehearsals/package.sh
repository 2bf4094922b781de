# The package on bare systems, and the image's root file system. Sourced by scripts/rehearse. SUITES: Debian's releases to try.
for tool in debootstrap umoci zstd patchelf; do command -v $tool >/dev/null || apt-get install -y -qq debootstrap umoci zstd patchelf >/dev/null; done
[ -n "${PACKAGE:-}" ] || scripts/package --image "$work/package"
[ -n "${PACKAGE:-}" ] || PACKAGE="$(ls "$work"/package/propensity-*.tar.zst)"
mounted=()
cleanup() { for place in "${mounted[@]}"; do umount -l "$place" 2>/dev/null || true; done; }
enter() { # root: gives it what every system has
    mkdir -p "$1/proc" "$1/dev"
    mounted+=("$1/proc" "$1/dev")
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount --make-rslave "$1/dev"
}
for suite in ${SUITES:-bookworm trixie}; do
    root="$work/$suite"
    debootstrap --variant=minbase "$suite" "$root" "${DEBIAN:-http://deb.debian.org/debian}" >"$work/log" 2>&1 || { tail "$work/log"; fail "debootstrap of $suite"; }
    mkdir -p "$root/srv/tools"
    zstd -dc "$PACKAGE" | tar -x -C "$root/srv/tools" --strip-components=1
    (cd "$root/srv/tools" && sha256sum --quiet -c SHA256SUMS) || fail "$suite: SHA256SUMS"
    enter "$root"
    begin="$(seconds)"
    chroot "$root" /srv/tools/propensity quickstart /tmp/first --workers 2 >"$work/log" 2>&1 || { cat "$work/log"; fail "$suite: quickstart"; }
    check "bare Debian $suite" "$root/tmp/first/results"
    cleanup
done
layout="$(dirname "$PACKAGE")/image"
if [ -e "$layout" ]; then
    umoci unpack --image "$layout:$("$PROPENSITY" --version)" "$work/bundle" >/dev/null 2>&1
    enter "$work/bundle/rootfs"
    begin="$(seconds)"
    chroot --userspec=65532:65532 "$work/bundle/rootfs" /propensity/propensity quickstart /tmp/first --workers 2 >"$work/log" 2>&1 ||
        { cat "$work/log"; fail "image: quickstart"; }
    check "the image, not as root" "$work/bundle/rootfs/tmp/first/results"
    cleanup
fi
