#!/usr/bin/env bash
# Starts a bundle as a machine without Python would: nothing of this machine's Python in reach, no screen.
#   .ci/bundle/check.sh out/bundle/swansphere
set -euo pipefail
bundle=$(cd "$1" && pwd)
version=$(sed -n 's/^VERSION: Final = "\(.*\)"$/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../../engine/contract/version.py")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

run() { # the bundle alone: an empty environment, and no python on the path
    echo "+ swansphere $*"
    env -i HOME="$folder" PATH="$folder/nothing" QT_QPA_PLATFORM=offscreen "$bundle/swansphere" "$@"
}
stop() { echo "bundle: $*" >&2; exit 1; }

[ "$(run --version | tail -1)" = "SwanSphere $version" ] || stop "--version does not say $version"
run doctor > doctor.txt || { cat doctor.txt; stop "the doctor finds something that keeps it from working"; }
cat doctor.txt
grep -q '^Torch  *[0-9]' doctor.txt || stop "torch does not answer in a child process"
grep -q 'PortAudio V' doctor.txt || stop "PortAudio does not answer in a child process"
run inspect "$bundle"/_internal/resources/demo/demo.mp4
run generate --prompt "a dog barks on the left" --seconds 2 --out dog.wav --binaural dog-headphones.wav --report dog.json
[ "$(stat -c %s dog.wav)" -gt 1000000 ] || stop "two seconds of sound field are missing"
run headless --seconds 3 --out played
for file in demo.wav demo-binaural.wav window.png report.json; do
    [ -s "played/$file" ] || stop "headless left no $file"
done
echo "bundle: starts, makes sound and draws; $(du -sm "$bundle" | cut -f1) MB"
