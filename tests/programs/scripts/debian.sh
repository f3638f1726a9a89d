# SPDX-License-Identifier: MIT
#
# What Debian's dash does with its coreutils, grep, sed and mawk, all of them dynamic, in sections
# as in busybox.sh.

## words
echo "dash: $((6 * 7))"; /usr/bin/printf '%s|%5.2f|%x\n' text 3.14159 255
basename /usr/lib/x.so .so; dirname /usr/lib/x.so; seq -s, 1 2 9; expr 17 % 5; factor 360 97
test 1 -lt 2 && echo less; echo word | tr a-z A-Z; yes | head -n 2; true; false || echo false
numfmt --to=iec 1048576; echo "a b c" | tsort 2>&1 | head -n 1; env -i /usr/bin/env A=1 /usr/bin/printenv A
nl -ba <<END
one
two
END
printf 'a b\nc d\n' | pr -t -n | head -n 2; fmt -w 20 <<END
a line that is too long for twenty columns
END

## text
printf 'pear 3\napple 10\nfig 2\napple 10\n' >fruit
sort fruit; sort -u -k2,2n fruit; uniq -c fruit; cut -d' ' -f2 fruit; wc fruit; tac fruit
head -n 1 fruit; tail -n 1 fruit; paste -s -d+ fruit; fold -w 3 fruit | head -n 2
sort -u fruit >left; printf 'fig 2\nkiwi 1\n' >right; join left right; comm left right
od -An -c right; expand -t 2 fruit | cksum; sum fruit; b2sum fruit; md5sum fruit; sha1sum fruit
sha256sum fruit; sha512sum fruit; base64 fruit; base32 fruit | base32 -d; tee copy <fruit >/dev/null
cmp fruit copy 2>/dev/null || test "$(cat fruit)" = "$(cat copy)" && echo same
grep -c apple fruit; grep -o 'p*' fruit | sort | uniq -c; sed -n 's/apple/APPLE/p' fruit
awk '{ n[$1] += $2 } END { for (k in n) print k, n[k] }' fruit | sort
split -l 1 fruit piece-; ls piece-*; cat piece-aa; csplit -s fruit 2; cat xx00; shuf -i 1-5 | sort

## files
mkdir -p a/b; touch a/one a/b/two; echo text >a/three; cp -r a copy; ls -R copy; mv copy/one copy/uno
ln -s three a/soft; ln a/three a/hard; readlink a/soft; stat -c '%n %F %a' a/*; stat -c %h a/hard; realpath -m /x/../y
chmod 604 a/three; ls -l a | grep -v total | cut -c 1-10; rm -r copy; ls; rmdir a/none; echo $?
touch -d '2001-02-03 04:05:06 UTC' a/one; stat -c %Y a/one; date -u -d @981173106 '+%F %T'; date -u -r a/one +%s
truncate -s 100 a/one; stat -c %s a/one; dd if=/dev/zero bs=7 count=3 status=none | wc -c
install -m 711 a/three prog; stat -c %a prog; mkfifo p; cat p & echo piped >p; wait; mktemp -u /tmp/XXXX | wc -c
link prog prog2; unlink prog; ls prog*; du -b a/three; sync a/one; pathchk a/b && echo portable; ls -1U a | wc -l
dircolors -b | wc -l; pwd | grep -c files; sleep 0.01; nproc | wc -l; id -u; uname -m; tty; arch; whoami 2>&1 | wc -l

## shell
f() { echo "$# $1"; return 3; }; f a b; echo $?; set -- x y; for w; do echo $w; done; echo ${1%x}-${2:-z}
cat <<END | while read a b; do echo "$b/$a"; done
1 one
2 two
END
trap 'echo usr1' USR1; kill -USR1 $$; (exit 5); echo $?; sleep 0 & wait $!; echo "waited $?"
sleep 100 & kill $!; wait $!; echo "killed $?"; timeout 0.1 sleep 9; echo "timeout $?"; timeout -s KILL 1 true; echo $?
x=$(printf '%s\n' 3 1 2 | sort | tr '\n' ' '); echo "$x"; echo *; case abc in a*) echo match ;; esac
dash -c 'echo "$0 $1"' zero one; sh -c 'exit 9' 2>/dev/null; echo $?; nohup echo nohup 2>/dev/null; nice -n 3 echo nice
ls nothing 2>&1; cat <nothing; echo "status $?"; stdbuf -oL echo buffered 2>/dev/null; exit 4
