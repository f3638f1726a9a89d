# SPDX-License-Identifier: MIT
#
# What Debian's busybox does, in sections; each runs in a shell and a folder of its own, and
# must print the same on Linux and on Faultline.  (No process ids, dates or sizes of machines.)

## words
echo one two | cat
printf '%s-%05d-%x\n' a 42 255
basename /usr/lib/file.c .c; dirname /usr/lib/file.c
seq 1 3 10 | tr '\n' ' '; echo
expr 6 \* 7; expr abcdef : 'abc\(.*\)'
factor() { :; }; test 3 -gt 2 && echo greater; [ -z "" ] && echo empty
true; echo $?; false; echo $?
yes no | head -n 3
rev <<END
stressed
END
echo hello | tr a-z A-Z
printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand
echo "a line that is to be folded somewhere" | fold -w 10 -s
nl <<END
first

third
END

## text
cat >fruit <<END
pear 3
apple 10
fig 2
apple 10
END
sort fruit; sort -u fruit; sort -k2 -n fruit; sort -r fruit | uniq -c
cut -d' ' -f1 fruit | sort | uniq -d
awk '{ sum += $2; n[$1]++ } END { print sum, n["apple"], sum / NR }' fruit
awk 'BEGIN { printf "%.3f %s %d\n", atan2(0, -1), substr("kernel", 2, 3), length("four") }'
sed -n '2,3p' fruit; sed 's/\(.*\) \(.*\)/\2 \1/' fruit; sed -e '/fig/d' -e '$a end' fruit
grep -n apple fruit; grep -c . fruit; grep -v apple fruit; egrep '^(fig|pear)' fruit
fgrep -l '10' fruit; grep -q nothing fruit; echo "status $?"
head -n 1 fruit; tail -n 2 fruit; tac fruit; wc fruit; wc -l <fruit
paste -d, fruit fruit | head -n 2
sed 's/fig/date/' fruit >other; diff fruit other; echo "diff $?"; cmp fruit other; echo "cmp $?"
diff -u fruit other | tail -n +3 >change; cp fruit third; patch third change; cat third
printf 'text\0\001 with strings inside\377' | strings -n 6
printf 'a\r\nb\r\n' >dos; dos2unix dos; od -c dos; unix2dos dos; hexdump -C dos
xxd dos 2>/dev/null || echo "no xxd"
cat fruit | tee copy | wc -c; cmp fruit copy && echo same
shuf -i 1-9 | sort -n | tr -d '\n'; echo
ed -s fruit <<END || ed fruit <<END2
,s/pear/plum/
1p
Q
END
1p
Q
END2

## sums
echo "the quick brown fox" >file
md5sum file; sha1sum file; sha256sum file; sha512sum file; sha3sum file; cksum file 2>/dev/null
crc32 file; sum file 2>/dev/null; md5sum file >sums; md5sum -c sums
base64 file; base64 file | base64 -d
uuencode file name | tee coded; uudecode -o back coded; cat back
echo '2 ^ 100 / 7' | bc; echo '12 34 * p' | dc
for i in 1 2 3 4 5 6 7 8 9; do seq 1 999; done >long
for tool in gzip bzip2 lzma xz; do
	echo "$tool"
	case $tool in
	gzip) gzip -c long >z; gunzip -c z | cmp - long; zcat z | md5sum; gzip -l z | wc -l ;;
	bzip2) bzip2 -c long >z; bunzip2 -c z | cmp - long; bzcat z | md5sum ;;
	*) echo "-" ;;
	esac
done

## files
mkdir -p a/b/c; touch a/one a/b/two; echo text >a/b/c/three
find a | sort; find a -type f -name 't*' | sort; find a -type d -exec echo dir {} \; | sort
cp -r a copy; diff -r a copy && echo "same trees"
mv copy/one copy/uno; ls -R copy; rm -r copy/b; ls copy; rmdir copy/none; echo $?
ln a/one a/link; ln -s one a/soft; readlink a/soft; stat -c '%n %h %F %a' a/one a/soft
ls -l a | grep -v total | awk '{ print $1, $2, $3, $4, $9 }'
chmod 640 a/one; stat -c %a a/link; chmod u+x,o=r a/one; stat -c %A a/one
cat a/soft && echo readable; rm a/soft; test -L a/soft || echo gone
realpath a/b/../one | sed 's|.*/files|files|'; unlink a/link; stat -c %h a/one
touch -d '2001-02-03 04:05:06' a/one; stat -c %Y a/one; date -u -d @981173106 '+%Y-%m-%d %T'
date -u -r a/one +%j
truncate -s 5 a/b/c/three; od -c a/b/c/three; wc -c <a/b/c/three
dd if=a/b/c/three of=part bs=1 skip=1 count=3 2>/dev/null; cat part; echo
dd if=/dev/zero bs=1k count=3 2>/dev/null | wc -c; head -c 4 /dev/zero | od -x
mkfifo pipe; cat pipe & echo "through a pipe" >pipe; wait
name=$(mktemp -d /tmp/files/XXXXXX); test -d "$name" && rmdir "$name" && echo made
du -s a/b/c/none 2>/dev/null; echo "du $?"
install -m 700 part prog 2>/dev/null || { cp part prog; chmod 700 prog; }; stat -c %a prog
split -b 2 part piece 2>/dev/null && cat piece*; echo
chown 0:0 a/one; chgrp 0 a/one; stat -c '%u %g' a/one
truncate -s 10 room; shred -n 1 -u room && test ! -e room && echo shredded
fallocate -l 10 full && stat -c %s full; cd a && pwd | sed 's|.*/files|files|'; cd ..; sync

## archives
mkdir d; seq 100 >d/numbers; echo x >d/x; ln -s x d/l
tar -cf d.tar d; tar -tf d.tar | sort; mkdir out; tar -xf d.tar -C out; diff -r d out/d && echo equal
tar -czf d.tgz d; tar -xzOf d.tgz d/numbers | tail -n 1
find d -type f | sort | cpio -o -H newc 2>/dev/null >d.cpio; cpio -t <d.cpio 2>/dev/null
ar -r d.a d/x 2>/dev/null; ar -t d.a 2>/dev/null; echo $?
gzip d/numbers; ls d; gunzip d/numbers.gz; tail -n 1 d/numbers

## redirections
echo out >f; echo more >>f; cat <f; { echo 1; echo 2 >&2; } >both 2>&1; cat both
exec 3>third; echo to three >&3; exec 3>&-; cat third
exec 4<f; read line <&4; echo "read $line"; read line <&4; echo "read $line"; exec 4<&-
ls nothing 2>err; echo "status $?"; cat err
cat <<END
a $((1 + 2)) $(echo here) \$kept
END
cat <<'END'
a $kept `as is`
END
cat <<-END
	no tabs
	END
{ read a b; read c; echo "$b $a $c"; } <<END
1 2
3
END
: >empty; wc -c <empty; (set -C; echo x >empty) 2>/dev/null; echo "noclobber $?"
echo closed >&- 2>/dev/null; echo "closed $?"
cat nothing - <f 2>/dev/null; echo $?

## pipes
seq 1000 | grep 7 | sort -rn | head -n 3
seq 100000 | tail -n 1
seq 10 | while read n; do test $((n % 2)) = 0 && echo "even $n"; done
echo a b c | xargs -n 1 echo item; printf 'x\0y z\0' | xargs -0 -n 1 echo
yes | head -n 2; (echo one; echo two) | { read x; read y; echo "$y $x"; }
! true | false; echo $?; false | true; echo $?
n=0; for f in $(seq 30); do n=$((n + $(echo $f | cat | cat))); done; echo $n
seq 5 | sed 's/$/!/' | tr '\n' ' ' | awk '{ print NF }'

## shell
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo "while $i"; done
until [ $i = 0 ]; do i=$((i - 1)); done; echo "until $i"
for w in a 'b c' "d"; do case $w in a) echo first ;; *' '*) echo blank ;; *) echo other ;; esac; done
f() { local x=inner; echo "$1 $# $x"; return 7; }; x=outer; f one two; echo "$? $x"
set -- p q r; shift; echo "$* $#"; echo "${x#ou} ${x%ter} ${#x} ${none:-default} ${x:+set}"
echo $((7 / 2)) $((7 % 3)) $((1 << 10)) $((0x1f & 6)) $((3 > 2 ? 10 : 20))
touch g1.c g2.c g3.h '.hidden'; echo *.c; echo g[13]*; echo *.none; echo .h*; echo g?.h
x='a  b'; echo $x; echo "$x"; IFS=:; y=1:2:3; set -- $y; echo $2 $#
unset IFS; eval 'z=$x'; echo "$z"; v=$(echo nested $(echo deep)); echo "$v"; echo `echo old`
alias hi='echo aliased'; type cd | head -n 1; command -v echo; (exit 4); echo $?
echo "a-b" | { IFS=- read p q; echo $q; }; printf '%s\n' "$((2 * (3 + 4)))"
trap 'echo leaving' EXIT; (trap - EXIT; echo sub); readonly c=1; echo $c; umask 027; umask
getopts ab: o -b value; echo "$o $OPTARG"; test -f g1.c -a -d . && echo both
let k=5+6; echo $k; echo ${x/a/Z}; echo ${x:1:2}

## jobs
sleep 0 & wait $!; echo "waited $?"
(exit 3) & wait $!; echo "status $?"
for n in 1 2 3; do (exit $n) & last=$!; done; wait $last; echo $?; wait; echo "all $?"
trap 'echo caught USR1' USR1; kill -USR1 $$; echo after
trap '' TERM; kill -TERM $$; echo ignored; trap - TERM
sleep 100 & kill $!; wait $!; echo "killed $?"
sleep 100 & kill -9 $!; wait $! 2>/dev/null; echo "killed $?"
(trap 'echo child; exit 9' INT; kill -INT $(sh -c 'echo $PPID'); sleep 1) ; echo "int $?"
timeout 1 sleep 30; echo "timeout $?"; timeout 20 echo quick
usleep 1000; echo slept; kill -l 15; time sleep 0 2>/dev/null
{ sleep 0; echo background; } & wait; nohup echo up 2>/dev/null || echo "no nohup"
sh -c 'kill -SEGV $$'; echo "segv $?"; sh -c 'exit 300'; echo $?
setsid sh -c 'echo session'; env -i A=1 env; env -u HOME sh -c 'echo "${HOME-unset}"'
pid=$$; sh -c "kill -0 $pid" && echo alive; mkfifo q; (read l <q; echo "got $l") & echo word >q; wait
trap 'echo bye' EXIT; exit 6

## machine
id -u; whoami 2>/dev/null || echo "nobody"; uname -m; hostname >/dev/null && echo named
printenv HOME 2>/dev/null || echo $HOME; env | grep -c = ; pwd; tty; logname 2>/dev/null; echo $?
test -r /proc/self/stat && echo stat
test -c /dev/null && echo device; test -p /dev/stdin; which sh; nproc >/dev/null && echo cpus
cal 2 2000; date -u -d '2020-02-29 12:00:00' '+%A %j'; ascii 2>/dev/null | head -n 1
ipcalc -n 10.1.2.3 255.255.0.0; getopt -o ab: -- -a -b x rest; run-parts --test . ; ts </dev/null
sleep 0.01; time true 2>/dev/null; arch; groups | tr -d '\n'; echo
factor 2>/dev/null; free >/dev/null && uptime >/dev/null && echo kernel; ps >/dev/null && echo processes
mkpasswd -m md5 -S saltsalt secret; clear | od -c | head -n 1
chroot / /bin/echo rooted
