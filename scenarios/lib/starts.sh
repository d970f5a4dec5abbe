# SPDX-License-Identifier: Apache-2.0
# Starting a slim image under its profile again and again, on engines and bare runtimes. Needs
# lib/engine.sh, $scenario and scenario_options; $profile is the seccomp profile, $tag the image's
# name on the engines, $port the port it answers at (empty: a job, which has to end with 0), and
# $scratch a directory. A start counts when the service answers within $patience seconds.
# shellcheck shell=bash
netns=slim-starts-$$
patience=${patience:-60}

# What podman needs to start anything where limits cannot be raised and cgroups are hybrid.
podman=(podman --runtime runc --cgroup-manager=cgroupfs)
podman_run=(--ulimit nofile=1024:1024 --ulimit nproc=1000:1000
            # As Docker has it: its default capabilities, and every port for every user.
            --cap-add AUDIT_WRITE,MKNOD,NET_RAW --sysctl net.ipv4.ip_unprivileged_port_start=0)

# engine_starts docker|podman COUNT [OPTION...]: prints how many of COUNT starts succeed.
engine_starts() {
  local engine=$1 count=$2 started=0 container command=("$1") more=()
  shift 2
  [ "$engine" != podman ] || { command=("${podman[@]}") more=("${podman_run[@]}"); }
  local run=("${command[@]}" run --network none --security-opt "seccomp=$profile" "$@" "${more[@]}"
             "${options[@]}")
  for ((i = 0; i < count; i++)); do
    if [ -z "$port" ]; then
      ! timeout "$patience" "${run[@]}" --rm "$tag" >"$scratch/start.log" 2>&1 || started=$((started + 1))
      continue
    fi
    container=$("${run[@]}" -d "$tag" 2>"$scratch/start.log") || continue
    ! await_port "$(container_pid "$engine" "$container")" "$port" "$patience" 2>>"$scratch/start.log" ||
      started=$((started + 1))
    "${command[@]}" rm -fv "$container" >/dev/null 2>&1
  done
  echo "$started"
}

# make_bundle ARCHIVE: an OCI runtime bundle in $scratch/bundle, made by umoci from the image and
# given what engines add: the default capabilities, a name space with a loopback, the variables of
# `options`. Volumes have what the image has there, as on engines, where umoci gives an empty tmpfs. No
# rlimits: not every machine may raise them.
make_bundle() {
  local bundle=$scratch/bundle variables=() i
  skopeo copy -q "oci-archive:$1" "oci:$scratch/layout:slim" || return
  umoci unpack --image "$scratch/layout:slim" "$bundle" >/dev/null 2>"$scratch/start.log" || return
  mv "$bundle/rootfs" "$bundle/lower" && mkdir "$bundle/rootfs" || return
  for ((i = 0; i < ${#options[@]}; i += 2)); do
    [ "${options[i]}" = -e ] || { echo "no bundle for the option ${options[i]}" >&2; return 1; }
    variables+=("${options[i + 1]}")
  done
  jq --slurpfile seccomp "$profile" '
    ["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
     "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"] as $names
    | ($names | map("CAP_" + .)) as $all
    | .process.terminal = false | del(.process.rlimits)
    | (if .process.user.uid == 0 then $all else [] end) as $own
    | .process.capabilities = {bounding: $all, effective: $own, permitted: $own}
    | .process.env += $ARGS.positional
    | .linux.seccomp = $seccomp[0]
    | del(.linux.resources)
    | .mounts |= map(select(.type == "tmpfs" and .source == "none" | not))
    | .linux.namespaces |= (map(select(.type | IN("network", "cgroup", "user") | not))
                            + [{type: "network", path: "/run/netns/\($netns)"}])' \
    --arg netns "$netns" "$bundle/config.json" --args "${variables[@]}" >"$bundle/config.part" &&
    mv "$bundle/config.part" "$bundle/config.json"
}

# runtime_starts crun|runc COUNT true|false: prints how many of COUNT starts of the bundle succeed,
# with noNewPrivileges on or off. Every start has a file system and a network of its own.
runtime_starts() {
  local runtime=$1 count=$2 no_new_privileges=$3 bundle=$scratch/bundle started=0
  jq --argjson on "$no_new_privileges" '.process.noNewPrivileges = $on' "$bundle/config.json" \
    >"$bundle/config.part" && mv "$bundle/config.part" "$bundle/config.json"
  for ((i = 0; i < count; i++)); do
    mkdir -p "$scratch/upper" "$scratch/overlay" &&
      ip netns add "$netns" && ip -n "$netns" link set lo up &&
      ip netns exec "$netns" sh -c 'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start' &&
      mount -t overlay overlay "$bundle/rootfs" -o \
        "lowerdir=$bundle/lower,upperdir=$scratch/upper,workdir=$scratch/overlay" || return
    # As root of its own namespaces, the image's / has the mode that every user can enter.
    chmod 755 "$bundle/rootfs"
    ! start_bundle "$runtime" >"$scratch/start.log" 2>&1 || started=$((started + 1))
    umount -l "$bundle/rootfs"
    ip netns delete "$netns"
    rm -rf "$scratch/upper" "$scratch/overlay"
  done
  echo "$started"
}

# One start. crun refuses hybrid control groups unless it cannot see the second hierarchy.
start_bundle() {
  local name=$netns state=$scratch/state-$1 result=0 command=("$1" --root "$scratch/state-$1")
  if [ "$1" = crun ]; then
    command=(crun --cgroup-manager=disabled --root "$state")
    [ ! -d /sys/fs/cgroup/unified ] ||
      command=(unshare -m sh -c 'umount /sys/fs/cgroup/unified; exec "$@"' sh "${command[@]}")
  fi
  if [ -z "$port" ]; then
    timeout "$patience" "${command[@]}" run --bundle "$scratch/bundle" "$name"
    return
  fi
  "${command[@]}" run --detach --pid-file "$scratch/pid" --bundle "$scratch/bundle" "$name" \
    </dev/null || return
  await_port "$(cat "$scratch/pid")" "$port" "$patience" || result=1
  "${command[@]}" delete --force "$name"
  return $result
}
