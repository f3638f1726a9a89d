/* SPDX-License-Identifier: MIT */
/* stdio, directories, mapped files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
list(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, by_name);

	for (int i = 0; i < n; i++)
		printf("%s%s", names[i]->d_name, i + 1 < n ? " " : "\n");
}

static void
streams(void)
{
	char line[100];
	FILE *f = fopen("text", "w+");

	for (int i = 0; i < 1000; i++)
		fprintf(f, "line %d\n", i);
	printf("at %ld\n", ftell(f));
	fseek(f, 52, SEEK_SET);
	printf("%s", fgets(line, sizeof(line), f));
	fseek(f, -5, SEEK_END);
	printf("%s", fgets(line, sizeof(line), f));
	printf("end: %d\n", fgets(line, sizeof(line), f) == NULL && feof(f));
	rewind(f);
	fputs("LINE", f);
	fclose(f);
	f = fopen("text", "a");
	fputs("last\n", f);
	fclose(f);
	printf("no file: %s\n", fopen("none", "r") == NULL ? strerror(errno) : "?");
}

static void
mapped(void)
{
	int fd = open("text", O_RDWR);
	struct stat st;
	char *p, c = 0;

	fstat(fd, &st);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	printf("%ld bytes: %.9s ... %.5s", (long)st.st_size, p, p + st.st_size - 5);
	p[0] = 'M';
	printf("read: %zd", pread(fd, &c, 1, 0));
	printf(" %c\n", c);
	printf("write: %zd", pwrite(fd, "W", 1, 4095));
	printf(" %c\n", p[4095]);
	munmap(p, (size_t)st.st_size);
	close(fd);
}

int
main(void)
{
	char cwd[100];

	umask(022);
	mkdir("folder", 0755);
	printf("%d", chdir("folder"));
	printf(" %s\n", strrchr(getcwd(cwd, sizeof(cwd)), '/'));
	streams();
	mapped();
	printf("%d", link("text", "link"));
	printf(" %d\n", symlink("text", "soft"));
	list(".");
	printf("%d", rename("link", "moved"));
	printf(" %d", unlink("text"));
	printf(" %d\n", access("soft", F_OK));
	printf("%d", rmdir("../folder"));
	printf(" %s\n", strerror(errno));
	unlink("moved");
	unlink("soft");
	printf("%d", chdir(".."));
	printf(" %d\n", rmdir("folder"));
	return 0;
}
