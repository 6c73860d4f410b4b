package shutdown_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
)

// installed gives the folder of an agent of somebody else's, which is installed
// into the user's cache once.
func installed(ctx context.Context, name string, install func(ctx context.Context, dir string) *exec.Cmd, programs ...string) string {
	GinkgoHelper()
	for _, program := range programs {
		_, err := exec.LookPath(program)
		Expect(err).NotTo(HaveOccurred(), "EVALKIT_TEST_AGENTS=1 wants %s", program)
	}
	cache, err := os.UserCacheDir()
	Expect(err).NotTo(HaveOccurred())
	dir := filepath.Join(cache, "evalkit-test", name)
	ready := filepath.Join(dir, "ready")
	if _, err := os.Stat(ready); err == nil {
		return dir
	}
	Expect(os.RemoveAll(dir)).To(Succeed())
	Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	out, err := install(ctx, dir).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "installing %s:\n%s", name, out)
	Expect(os.WriteFile(ready, nil, 0o644)).To(Succeed())
	return dir
}

// withNPM installs a package of npm's.
func withNPM(pack string) func(context.Context, string) *exec.Cmd {
	return func(ctx context.Context, dir string) *exec.Cmd {
		return exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--omit=optional", pack)
	}
}

// withPip installs packages of PyPI's into a virtual environment.
func withPip(packs ...string) func(context.Context, string) *exec.Cmd {
	return func(ctx context.Context, dir string) *exec.Cmd {
		script := `python3 -m venv --copies "$0" && "$0/bin/python" -m pip install -q "$@"`
		return exec.CommandContext(ctx, "sh", append([]string{"-c", script, dir}, packs...)...)
	}
}

// nodeHome is node's path, and its folder if the sandbox does not show it
// anyway.
func nodeHome() (string, []evalkit.Folder) {
	GinkgoHelper()
	node, err := exec.LookPath("node")
	Expect(err).NotTo(HaveOccurred())
	node, err = filepath.EvalSymlinks(node)
	Expect(err).NotTo(HaveOccurred())
	if strings.HasPrefix(node, "/usr/") {
		return node, nil
	}
	return node, []evalkit.Folder{{Host: filepath.Dir(filepath.Dir(node))}}
}

// pythonHome is where the standard library of a virtual environment is, and
// false if the sandbox shows it anyway.
func pythonHome(ctx context.Context, python string) (string, bool) {
	GinkgoHelper()
	out, err := exec.CommandContext(ctx, python, "-c", "import sys; print(sys.base_prefix)").Output()
	Expect(err).NotTo(HaveOccurred())
	home := strings.TrimSpace(string(out))
	return home, home != "/usr"
}
