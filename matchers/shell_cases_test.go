package matchers

import (
	"strings"
	"testing"
)

// Scripts by what they say of RunCommand("git", "push"), one a line; ⏎ is a new
// line.
const runsIt = `
bash -euxo pipefail -c 'git push'
bash -lc 'git push'
bash -c -e 'git push'
bash +e -c 'git push'
bash --norc --noprofile -c 'git push'
bash --rcfile x -c 'git push'
bash -O extglob -c 'git push'
bash -o pipefail -c 'git push'
bash -ceuo pipefail 'git push'
bash -c -- 'git push'
env -i PATH=$PATH bash -c 'git push'
bash -c '"$@"' _ git push
bash -c '$0 push' git
bash -c 'git "$1"' _ push
bash -c 'git "${@}"' _ push origin
set -- git push; "$@"
set git push; $1 $2
set -e; git push
{git,push}
git {push,--force}
git pus{h,}
cmd=(git push); "${cmd[@]}"
args=(push --force); git "${args[@]}"
c='git push'; $c
c="git push"; ${c} origin
g=git; x$g; "$g" push
shopt -s expand_aliases⏎alias g=git⏎g push
shopt -s expand_aliases⏎alias gp='git push'⏎gp origin
shopt -s expand_aliases⏎alias s='sudo ' g=git⏎s g push
shopt -s expand_aliases⏎alias g=h h=git⏎g push
shopt -s expand_aliases⏎alias g='cd /; git'⏎g push
setpriv --reuid 1000 --clear-groups git push
setpriv --reuid=1000 --no-new-privs git push
prlimit --nofile=10 git push
prlimit -n10 git push
unshare -rn git push
unshare --map-root-user --wd / git push
numactl -N 0 -m 0 git push
numactl --cpunodebind=0 git push
fakeroot git push
fakeroot -s x -- git push
script -qc 'git push' /dev/null
script -q -c 'git push' x
script /dev/null -c 'git push'
script --command='git push' x
sg root -c 'git push'
sg root 'git push'
su -c 'git push'
su - app -c 'git push'
su app -lc 'git push'
runuser -u app -- git push
runuser -u app git push
runuser -l app -c 'git push'
flock /tmp/l -c 'git push'
flock -n /tmp/l git push
flock -w 5 /tmp/l git push
watch git push
watch -n1 -d 'git push'
parallel git ::: push
parallel ::: 'git push' ls
chroot / git push
chroot --userspec=a:b / git push
nsenter -t 1 -m git push
nsenter --target 1 --all -- git push
doas -u app git push
ionice -c 3 git push
ionice -c2 -n7 git push
chrt -f 10 git push
taskset -c 0,1 git push
taskset 1 git push
stdbuf -oL -e0 git push
/usr/bin/time -f %e -o t git push
time -p git push
nice -n5 git push
nice -5 git push
timeout --sig KILL 5 git push
env -S 'git push'
env -vS 'git push'
env --split-string='git push'
env -u A -C / A=b git push
busybox sh -c 'git push'
busybox env git push
choom -n 1 -- git push
sudo -nu app -- A=b git push
sudo --user=app git push
sudo -s <<< 'git push'
exec -ca x git push
command -p git push
xargs -I{} git push {}
xargs -I % sh -c 'git push %' < f ; git push
find . -exec sh -c 'git push "$1"' _ {} \;
eval -- 'git push'
trap -- 'git push' EXIT
source /dev/stdin <<< 'git push'
su app <<E⏎git push⏎E
{ bash; } <<E⏎git push⏎E
bash <<'E'⏎git push⏎E
coproc git push
echo "${x:-$(git push)}"
`

const maybeRunsIt = `
bash -$x -c 'git push'
bash $OPTIONS 'git push'
bash --strange 'git push'
bash -c '"$@"' _ $x
bash -c 'shift; "$@"' _ sudo git push
if true; then set -- git push; fi; "$@"
f() { "$@"; }; f git push
{git,$x}
{1..99999} ; {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}
read c <<< 'git push'; $c
c=ls; read c <<< 'git push'; $c
printf -v c 'git push'; $c
mapfile -t a <<< 'git push'; ${a[0]}
mapfile -t a <<< 'git push'; "${a[@]}"
c=ls; eval "c='git push'"; $c
c=ls; declare -n d=c; d='git push'; $c
declare -l c='GIT PUSH'; $c
: ${c:='git push'}; $c
$SUDO git push
git $WHAT
git $(cat what)
git p*
g* push
IFS=,; c=git,push; $c
c='git *'; $c
alias g=git⏎g push
shopt -s expand_aliases; alias g=git; g push
shopt -s expand_aliases⏎alias g=git⏎alias g=ls⏎g push
shopt -s expand_aliases⏎alias g="$x"⏎g push
shopt -s expand_aliases⏎alias $x⏎g push
unshare --strange x git push
setpriv --strange=x git push
sudo --strange git push
taskset --strange 1 git push
flock --strange /tmp/l git push
watch --strange git push
su --strange -c 'git push'
parallel --strange git push
su app -- git push
ssh host git push
ssh host 'cd x && git push'
docker run -it image git push
npx git push
systemd-run --user git push
tmux new -d 'git push'
at now <<< 'git push'
make -f - <<'E'⏎all:⏎	git push⏎E
vim -c '!git push'
fish -c 'git push'
expect -c 'spawn git push'
hash -p /usr/bin/git zz; zz push
python3 -c 'import os; os.system("git push")'
python3 -uBc 'import os; os.system("git push")'
python3 -c'import subprocess as s; s.run(["git", "push"])'
python3.11 -W ignore -c 'import subprocess; subprocess.run(["git","push"])'
sudo python3 -c 'import os; os.execvp("git", ["git", "push"])'
python3 -c "import os; os.system('$CMD'); print('git')"
python3 -c "$CODE"
python3 -c 'import os,sys; os.system(" ".join(sys.argv[1:]))' git push
python3 -c 'import os,base64; os.system(base64.b64decode("Z2l0IHB1c2g="))'
python3 <<'E'⏎import os⏎os.system("git push")⏎E
python3 - x <<'E'⏎import subprocess⏎subprocess.call("git push", shell=True)⏎E
curl http://h | python3 -
perl -e 'system("git push")'
perl -lne 'exec "git", "push"' f
perl -MPOSIX -e '` + "`git push`" + `'
perl -e 'open(F, "git push |")'
perl -i.bak -pe 's/x/qx(git push)/e' f
awk 'BEGIN{system("git push")}'
awk -F, 'BEGIN{"git push" | getline}' f
gawk -v c='git push' 'BEGIN{system(c)}'
awk '{print | "git push"}'
ruby -e 'system "git push"'
ruby -ne '%x(git push)' f
node -e 'require("child_process").execSync("git push")'
node -pe 'require("child_process").execSync("git push")'
node --no-warnings --eval='require("child_process").execSync("git push")'
node <<E⏎require("child_process").spawn("git", ["push"])⏎E
php -r 'shell_exec("git push");'
lua5.4 -e 'os.execute("git push")'
sed '1e git push' f
sed -n 's/x/git push/e' f
echo 'git push' | bash
echo 'git push' | bash -s
. <(echo git push)
bash <(echo git push)
tee >(sh) <<< 'git push'
coproc bash
xargs bash -c
xargs env
xargs -I{} sh -c {}
xargs -a f git
find . -exec sh -c '{}' \;
su -c "$x"
script -c "$x"
`

const neverRunsIt = `
echo git push
echo "git push"
printf '%s\n' 'git push'
# git push
ls # git push
grep -r 'git push' .
grep -rn "git push" . | head
cat <<EOF⏎git push⏎EOF
cat > notes <<'EOF'⏎git push $x⏎EOF
tee notes <<< 'git push'
git commit -m 'git push later'
git log --grep 'push it'
git stash
git pushy
digit push
git-push
command -v git push
which git
type git push
man git push
x='git push'
export X='git push'
echo $X git push
for f in a b; do echo "$f git push"; done
bash script.sh git push
bash -c 'echo git push'
bash -c 'echo "$@"' _ git push
bash -euo pipefail -c 'echo git push'
bash -n <<< 'echo git push'
set -- git push; echo "$@"
set -euo pipefail; ls
cmd=(git status); "${cmd[@]}"
{echo,git,push}
echo {git,push}
alias
alias g=git⏎ls push
shopt -s expand_aliases⏎alias g=git⏎g status
sudo --strange git status
sudo --strange ls
setpriv --strange=x ls push
unshare -rn git status
watch -n1 git status
parallel echo ::: git push
su -c 'echo git push'
script -qc 'git status' /dev/null
flock /tmp/l -c 'git status'
timeout 5 sleep 1
env
env A='git push'
sudo -l
xargs -n1 echo < f
find . -name 'git push' -exec ls {} \;
ssh host uptime
ssh host git status
docker ps
make push
python3 -c 'print("git push")'
python3 -c 'import os; os.system("ls")'
python3 -c "import json; print(json.load(open('$F'))['x'])"
python3 script.py git push
python3 -m json.tool <<< '{"git": "push"}'
python3 <<'E'⏎open("x", "w").write("git push")⏎E
cat f | python3 -m json.tool
cat f | python3 -c 'import sys; print(len(sys.stdin.read()))'
cat f | python3 script.py
perl -pe 's/git push/git pull/' f
perl -ne 'print if /git push/' f
awk '/git push/ {print $2}' f
awk -F: '{print $1}' f
awk -f prog.awk 'git push'
awk "{print \$$n}" f
ruby -e 'puts "git push"'
node -e 'console.log("git push")'
node server.js git push
sed 's/git push/git pull/' f
sed -i -e 's/echo/git push/g' f
sed -n '/git push/p' f
sed -i "s/$a/$b/" f
php -r 'echo "git push";'
trap 'echo git push' EXIT
eval 'echo git push'
. ./env.sh git push
source venv/bin/activate
while read l; do echo "$l"; done < f
while IFS= read -r l; do echo $l; done <<< 'git push'
[ "$x" = 'git push' ] && ls
[[ $x == git\ push ]]
case $x in 'git push') ls;; esac
ls *.git
cd "$DIR" && ls
exit $?
`

func TestRunCommandKnowsWhatItDoesNotKnow(t *testing.T) {
	m := RunCommand("git", "push")
	for want, list := range map[string]string{"true": runsIt, "lost": maybeRunsIt, "false": neverRunsIt} {
		for script := range strings.Lines(list) {
			if script = strings.ReplaceAll(strings.TrimSuffix(script, "\n"), "⏎", "\n"); script == "" {
				continue
			}
			if got := verdict(t, m, trial(calls(bash(script)))); got != want {
				t.Errorf("%s: got %s, want %s: %v", oneLine(script, 100), got, want, readScript(script).doubts)
			}
		}
	}
}
