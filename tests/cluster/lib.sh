# shellcheck shell=bash
# What the commands of the rig share: where things are, how to say what went
# wrong, how a part is started, asked and ended. Sourced, never run.
# shellcheck disable=SC2034 # what is set here is used by who sources it

PATH=$PATH:/usr/sbin:/sbin # where ip, runc and others are, and users of cron or sudo may not look
RIG_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RIG_CACHE=${TIPHYS_RIG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tiphys-rig}
RIG_DIR=${TIPHYS_RIG_DIR:-/tmp/tiphys-rig-$UID}
RIG_LOGS=$RIG_DIR/logs
RIG_BIN=$RIG_DIR/bin
# A second rig on one machine needs another directory, another name (of the link
# and of the control group) and another network.
RIG_NAME=${TIPHYS_RIG_NAME:-tiphys-rig}
RIG_NET=${TIPHYS_RIG_NET:-10.213.97}
RIG_HOST_IP=$RIG_NET.1     # this machine's end of the link
RIG_IP=$RIG_NET.2          # the node: API server :443, object store :9000
RIG_SERVICES=$RIG_NET.64/26 # the first of them is `kubernetes`, held by the node
RIG_SERVICE_IP=$RIG_NET.65
RIG_DNS_IP=$RIG_NET.66     # nobody answers there: names fail at once
RIG_PODS=$RIG_NET.128/25
RIG_LINK=${RIG_NAME:0:15}      # the name of this machine's end of it
RIG_NODE=rig-node
RIG_SERVER=https://$RIG_IP
RIG_BUCKET=argo-artifacts
# In the order in which they start.
RIG_PARTS=(etcd apiserver store containerd controller-manager scheduler kubelet argo secrets)

say() { printf 'rig: %s\n' "$*" >&2; }

# die MESSAGE [LOG [NEXT]]: what failed, the end of its log, what to do next.
die() {
	printf 'rig: FAILED: %s\n' "$1" >&2
	if [[ -n ${2:-} ]]; then
		printf 'rig: its log is %s' "$2" >&2
		if [[ -s $2 ]]; then
			printf ', which ends:\n' >&2
			tail -n 15 "$2" | cut -c1-400 | sed 's/^/    /' >&2
		else
			printf ' (empty)\n' >&2
		fi
	fi
	if [[ -n ${3:-} ]]; then printf 'rig: next: %s\n' "$3" >&2; fi
	exit 1
}

# Does the input have a line like it? Reads it all, unlike `grep -q`, so that who
# writes it does not fail.
seen() { grep "$@" >/dev/null; }

need_root() {
	if ((EUID != 0)); then
		die "$(basename "$0") needs root: namespaces, mounts and control groups are made" "" "sudo $0 $*"
	fi
}

# --- what is built -----------------------------------------------------------

# The packages built from a module folder, as NAME=PACKAGE.
rig_packages() {
	case $1 in
	etcd) echo etcd=go.etcd.io/etcd/server/v3 ;;
	kubernetes)
		local c
		for c in kube-apiserver kubectl kube-controller-manager kube-scheduler kubelet; do
			echo "$c=k8s.io/kubernetes/cmd/$c"
		done
		;;
	store) echo versitygw=github.com/versity/versitygw/cmd/versitygw ;;
	argo)
		echo workflow-controller=github.com/argoproj/argo-workflows/v4/cmd/workflow-controller
		echo argoexec=github.com/argoproj/argo-workflows/v4/cmd/argoexec
		;;
	extras/k9s) echo k9s=github.com/derailed/k9s ;;
	extras/kwok) echo kwok=sigs.k8s.io/kwok/cmd/kwok ;;
	extras/argo) echo argo=github.com/argoproj/argo-workflows/v4/cmd/argo ;;
	*) die "no module $1 in the rig" ;;
	esac
}

RIG_MODULES=(etcd kubernetes store argo)
RIG_EXTRAS=(extras/k9s extras/kwok extras/argo)

# Which Go builds, or built: the cache is keyed by it, so that binaries of two
# compilers are never mixed.
rig_go_version() {
	go env GOVERSION 2>/dev/null || cat "$RIG_CACHE/go-version" 2>/dev/null || true
}

# Where the binaries of a module are (or will be).
rig_module_dir() {
	local key
	RIG_GO_VERSION=${RIG_GO_VERSION:-$(rig_go_version)}
	key=$({
		cat "$RIG_SRC/$1/go.mod" "$RIG_SRC/$1/go.sum"
		echo "${RIG_GO_VERSION:-none}"
	} | sha256sum)
	echo "$RIG_CACHE/${1//\//-}-${key:0:16}"
}

# Version of a module as a go.mod pins it.
rig_pinned() { awk -v m="$2" '$1 == m && $2 ~ /^v/ { print $2; exit }' "$RIG_SRC/$1/go.mod"; }

# --- the namespaces the rig lives in -----------------------------------------

# Time a process was started at, in clock ticks since boot: with the number it
# names a process for good, a reused number does not match. Empty: there is none.
# A zombie counts: other threads of it may still hold its ports and files.
started_at() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
	read -ra stat <<<"${stat##*) }"
	echo "${stat[19]:-}"
}

# alive FILE: prints the process a pid file names, if it still is that process.
alive() {
	local pid ticks
	[[ -s $1 ]] || return 1
	read -r pid ticks <"$1" || true
	[[ -n ${ticks:-} && $(started_at "$pid") == "$ticks" ]] || return 1
	echo "$pid"
}

# Process 1 of the rig's namespaces. When it dies the kernel kills everything
# in them, and the mounts, the network and the link go with it.
rig_init() {
	local pid
	pid=$(alive "$RIG_DIR/run/init") || return 1
	# It becomes a zombie when all others are gone; its parent here may be in no
	# hurry to reap it.
	! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null || return 1
	echo "$pid"
}

# inside COMMAND...: runs it in the rig's namespaces.
inside() {
	local init
	init=$(rig_init) || die "the rig is not up" "" "tests/cluster/up"
	nsenter -t "$init" -m -n -p -u -i -- "$@"
}

wget_inside() { inside busybox wget -q -O - "$@"; }

# --- the parts ---------------------------------------------------------------

kubectl() { "$RIG_BIN/kubectl" --kubeconfig "$RIG_DIR/admin.kubeconfig" --request-timeout=120s "$@"; }

# Sets ARGV to the command line of a part.
part_argv() {
	local pki=$RIG_DIR/pki
	case $1 in
	etcd)
		ARGV=("$RIG_BIN/etcd" --name rig --data-dir "$RIG_DIR/etcd/data"
			--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379
			--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380
			--initial-cluster rig=http://127.0.0.1:2380
			--unsafe-no-fsync --quota-backend-bytes 4294967296 --log-level warn)
		;;
	apiserver)
		# shellcheck disable=SC2054 # modes are one word
		ARGV=("$RIG_BIN/kube-apiserver" --etcd-servers http://127.0.0.1:2379
			--bind-address 0.0.0.0 --secure-port 443 --advertise-address "$RIG_IP"
			--service-cluster-ip-range "$RIG_SERVICES"
			--tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key"
			--client-ca-file "$pki/ca.crt" --token-auth-file "$RIG_DIR/tokens.csv"
			--kubelet-client-certificate "$pki/kubelet-client.crt" --kubelet-client-key "$pki/kubelet-client.key"
			--kubelet-preferred-address-types InternalIP
			--service-account-issuer https://kubernetes.default.svc
			--service-account-key-file "$pki/service-account.key"
			--service-account-signing-key-file "$pki/service-account.key"
			--authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction
			--allow-privileged)
		;;
	controller-manager)
		ARGV=("$RIG_BIN/kube-controller-manager" --kubeconfig "$RIG_DIR/run/controller-manager.kubeconfig"
			--service-account-private-key-file "$pki/service-account.key" --root-ca-file "$pki/ca.crt"
			--use-service-account-credentials --leader-elect=false --bind-address 127.0.0.1)
		;;
	scheduler)
		ARGV=("$RIG_BIN/kube-scheduler" --kubeconfig "$RIG_DIR/run/scheduler.kubeconfig"
			--leader-elect=false --bind-address 127.0.0.1)
		;;
	store)
		ARGV=(env "ROOT_ACCESS_KEY_ID=$(<"$RIG_DIR/run/s3.access")" "ROOT_SECRET_ACCESS_KEY=$(<"$RIG_DIR/run/s3.secret")"
			"$RIG_BIN/versitygw" --region us-east-1 --port "$RIG_IP:9000" --quiet
			posix --sidecar "$RIG_DIR/s3-meta" "$RIG_DIR/store")
		;;
	containerd) ARGV=("$(command -v containerd)" --config "$RIG_DIR/run/containerd.toml") ;;
	kubelet)
		ARGV=("$RIG_BIN/kubelet" --config "$RIG_DIR/run/kubelet.yaml" --kubeconfig "$RIG_DIR/run/kubelet.kubeconfig"
			--hostname-override "$RIG_NODE" --node-ip "$RIG_IP")
		;;
	argo)
		ARGV=(env LEADER_ELECTION_DISABLE=true "DEFAULT_REQUEUE_TIME=${TIPHYS_RIG_REQUEUE:-2s}"
			"$RIG_BIN/workflow-controller" --namespace argo --kubeconfig "$RIG_DIR/run/argo.kubeconfig")
		;;
	secrets) ARGV=("$RIG_SRC/secrets" "$RIG_BIN/kubectl" "$RIG_DIR/admin.kubeconfig" "$RIG_DIR/s3-secret.yaml") ;;
	*) die "no part named $1" "" "one of: ${RIG_PARTS[*]}" ;;
	esac
}

part_pid() { alive "$RIG_DIR/run/$1.pid"; }

# Does the part answer? Quick, no waiting.
part_ready() {
	part_pid "$1" >/dev/null || return 1
	case $1 in
	etcd) wget_inside http://127.0.0.1:2379/health 2>/dev/null | seen '"health":"true"' ;;
	apiserver) [[ $("$RIG_BIN/kubectl" --kubeconfig "$RIG_DIR/admin.kubeconfig" --request-timeout=3s get --raw /readyz 2>/dev/null) == ok ]] ;;
	store) (exec 3<>"/dev/tcp/$RIG_IP/9000") 2>/dev/null ;;
	containerd) inside ctr version >/dev/null 2>&1 ;;
	controller-manager) inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/10257' 2>/dev/null ;;
	scheduler) inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/10259' 2>/dev/null ;;
	kubelet) [[ $(wget_inside http://127.0.0.1:10248/healthz 2>/dev/null) == ok ]] ;;
	argo) wget_inside http://127.0.0.1:6060/healthz >/dev/null 2>&1 ;;
	secrets) ;;
	esac
}

# Starts a part unless it runs. Nothing of the caller goes with it: no
# environment, no terminal, no open file.
part_start() {
	local name=$1 log=$RIG_LOGS/$1.log init pid ARGV
	part_pid "$name" >/dev/null && return 0
	init=$(rig_init) || die "the rig is not up" "" "tests/cluster/up"
	part_argv "$name"
	[[ -x ${ARGV[0]} || ${ARGV[0]} == env ]] || die "no program ${ARGV[0]}" "" "tests/cluster/up builds or installs it"
	printf -- '--- started %(%F %T)T\n' -1 >>"$log"
	# The shell is not itself in the new process namespace, its child is, and
	# `$!` is the child's number here.
	# shellcheck disable=SC2016
	pid=$(nsenter -F -t "$init" -m -n -p -u -i -- bash -c '
		log=$1; shift
		setsid env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" \
			</dev/null >>"$log" 2>&1 9>&- &
		echo $!' _ "$log" "${ARGV[@]}" 9>&-)
	echo "$pid $(started_at "$pid")" >"$RIG_DIR/run/$name.pid"
}

# part_wait NAME SECONDS
part_wait() {
	local deadline=$((SECONDS + $2))
	until part_ready "$1"; do
		if ! part_pid "$1" >/dev/null; then
			die "$1 ended by itself" "$RIG_LOGS/$1.log" "repair what the log says, then tests/cluster/up again"
		fi
		if ((SECONDS >= deadline)); then
			die "$1 does not answer after $2 s" "$RIG_LOGS/$1.log" "tests/cluster/down, then tests/cluster/up; on a slow machine just up again"
		fi
		sleep 0.1
	done
}

# controllers_act SECONDS: waits until the controllers do their work, and starts
# again what has ended. Their ports are open long before that, and a controller
# manager whose API server goes away while it starts ends by itself.
controllers_act() {
	local name deadline=$((SECONDS + $1)) part done=false
	name=rig-check-$(printf '%(%s)T' -1)-$$
	# A new namespace gets its service account; what was owned goes with its owner.
	until $done; do
		for part in controller-manager scheduler argo; do
			part_pid "$part" >/dev/null && continue
			say "$part had ended by itself; it is started again"
			part_start "$part"
		done
		if kubectl get namespace "$name" >/dev/null 2>&1 || kubectl create namespace "$name" >/dev/null 2>&1; then
			if kubectl -n "$name" get serviceaccount default >/dev/null 2>&1; then done=true; fi
		fi
		if ! $done && ((SECONDS >= deadline)); then
			die "the controllers do nothing after $1 s: no service account in a new namespace" "$RIG_LOGS/controller-manager.log" "tests/cluster/part controller-manager restart"
		fi
		$done || sleep 0.2
	done
	local uid
	uid=$(kubectl -n "$name" create configmap owner -o 'jsonpath={.metadata.uid}')
	kubectl create --validate=ignore -f - >/dev/null <<-JSON
		{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", "namespace": "$name", "ownerReferences":
		[{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "$uid"}]}}
	JSON
	kubectl -n "$name" delete configmap owner >/dev/null
	while kubectl -n "$name" get configmap owned >/dev/null 2>&1; do
		if ((SECONDS >= deadline)); then
			die "the garbage collector does nothing after $1 s" "$RIG_LOGS/controller-manager.log" "tests/cluster/part controller-manager restart"
		fi
		sleep 0.2
	done
	kubectl delete namespace "$name" --wait=false >/dev/null
}

# part_end NAME SIGNAL [SECONDS]: ends a part; what does not listen is killed.
part_end() {
	local pid deadline=$((SECONDS + ${3:-10}))
	if pid=$(part_pid "$1"); then
		kill "-$2" "$pid" 2>/dev/null || true
		while part_pid "$1" >/dev/null; do
			if ((SECONDS >= deadline)); then kill -KILL "$pid" 2>/dev/null || true; fi
			sleep 0.05
		done
	fi
	rm -f "$RIG_DIR/run/$1.pid"
}

# The roots of the control groups of the pods, in each hierarchy (v1) or in the
# only one (v2).
rig_cgroups() {
	local d
	for d in /sys/fs/cgroup "/sys/fs/cgroup"/*; do
		if [[ -d $d/$RIG_NAME && -e $d/$RIG_NAME/cgroup.procs ]]; then echo "$d/$RIG_NAME"; fi
	done
}

# end_rig [politely]: ends everything that is of the rig, whatever state it is in.
# Politely: who writes ends first and by itself, so that what is kept is whole.
end_rig() {
	local init name pid d try
	if init=$(rig_init); then
		if [[ ${1:-} == politely ]]; then
			for name in secrets argo kubelet scheduler controller-manager store; do
				if pid=$(part_pid "$name"); then kill -TERM "$pid" 2>/dev/null || true; fi
			done
			part_end apiserver KILL # it keeps nothing, and takes its time to say goodbye
			for name in etcd store; do part_end "$name" TERM 5; done
		fi
		kill -KILL "$init" 2>/dev/null || true
		for ((try = 0; try < 200; try++)); do
			rig_init >/dev/null || break
			sleep 0.05
		done
		if rig_init >/dev/null; then
			die "process $init (init of the rig) does not end" "$RIG_LOGS/init.log" "look with: cat /proc/$init/stack"
		fi
	fi
	rm -f "$RIG_DIR"/run/*.pid "$RIG_DIR"/run/init "$RIG_DIR"/run/init-ready
	# The kernel takes the link away with its namespace, a moment later.
	for ((try = 0; try < 100; try++)); do
		ip link show "$RIG_LINK" >/dev/null 2>&1 || break
		sleep 0.05
	done
	ip link delete "$RIG_LINK" 2>/dev/null || true
	ip route delete unreachable "$RIG_NET.0/24" metric 4096 2>/dev/null || true
	while read -r d; do
		for ((try = 0; try < 100; try++)); do
			find "$d" -depth -type d -exec rmdir {} + 2>/dev/null || true
			[[ -d $d ]] || break
			sleep 0.05
		done
		if [[ -d $d ]]; then say "control group $d is still in use; left"; fi
	done < <(rig_cgroups)
	# A kubelet sets these for good; they get their old values back.
	if [[ -s $RIG_DIR/run/sysctl ]]; then
		while read -r name pid; do echo "$pid" >"/proc/sys/$name" 2>/dev/null || true; done <"$RIG_DIR/run/sysctl"
		rm -f "$RIG_DIR/run/sysctl"
	fi
}
