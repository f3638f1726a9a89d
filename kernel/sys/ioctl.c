/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2): what goes in and out of user memory for each command, and the commands that
 * are about a descriptor whatever is open there.
 */
#include "fs/fs.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_tty.h"

/* Commands whose argument is an address. */
static const struct command {
	unsigned cmd;
	uint16_t size;			/* of what is there */
	bool in;			/* it goes to the kernel; else it comes from there */
} commands[] = {
	{ TCGETS, sizeof(struct linux_termios), false },
	{ TCSETS, sizeof(struct linux_termios), true },
	{ TCSETSW, sizeof(struct linux_termios), true },
	{ TCSETSF, sizeof(struct linux_termios), true },
	{ TIOCGPGRP, sizeof(pid_t), false },
	{ TIOCSPGRP, sizeof(pid_t), true },
	{ TIOCGSID, sizeof(pid_t), false },
	{ TIOCGWINSZ, sizeof(struct linux_winsize), false },
	{ TIOCSWINSZ, sizeof(struct linux_winsize), true },
	{ TIOCOUTQ, sizeof(int), false },
	{ FIONREAD, sizeof(int), false },
};

static const struct command *
find_command(unsigned cmd)
{
	for (size_t i = 0; i < array_len(commands); i++) {
		if (commands[i].cmd == cmd)
			return &commands[i];
	}
	return NULL;
}

static sysret_t
set_nonblock(struct file *f, vaddr_t addr)
{
	int on, flags = file_flags(f) & ~O_NONBLOCK;

	if (copy_from_user(&on, addr, sizeof(on)) != ERR_OK)
		return ERR_FAULT;
	file_set_flags(f, on != 0 ? flags | O_NONBLOCK : flags);
	return ERR_OK;
}

static sysret_t
terminal_command(struct file *f, unsigned cmd, vaddr_t addr)
{
	const struct command *c = find_command(cmd);
	union ioctl_arg value = { .number = (int)addr };
	err_t err = ERR_OK;

	if (c != NULL && c->in)
		err = copy_from_user(&value, addr, c->size);
	if (err == ERR_OK)
		err = file_ioctl(f, cmd, &value);
	if (err == ERR_OK && c != NULL && !c->in)
		err = copy_to_user(addr, &value, c->size);
	return err;
}

sysret_t
sys_ioctl(void *arg)
{
	struct proc *p = proc_current();
	int fd = arg_int(arg, 0);
	unsigned cmd = arg_int(arg, 1);
	struct file *f = fd_lookup(p, fd);

	if (f == NULL)
		return ERR_BADF;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		fd_set_cloexec(p, fd, cmd == FIOCLEX);
		return ERR_OK;
	case FIONBIO:
		return set_nonblock(f, arg_u64(arg, 2));
	default:
		return terminal_command(f, cmd, arg_u64(arg, 2));
	}
}
