/* SPDX-License-Identifier: MIT */
/*
 * The MC146818 real-time clock (Motorola MC146818 data sheet).  Where there is none all
 * registers read as 0xff, and the date is some date.
 */
#include "x86/rtc.h"

#include "x86/x86.h"

#define RTC_INDEX	0x70
#define RTC_DATA	0x71
#define RTC_PATIENCE	10000	/* readings; an update takes two milliseconds */

enum { RTC_SEC = 0, RTC_MIN = 2, RTC_HOUR = 4, RTC_DAY = 7, RTC_MONTH = 8, RTC_YEAR = 9,
	RTC_STATUS_A = 10, RTC_STATUS_B = 11 };

#define A_UPDATING	0x80
#define B_BINARY	0x04	/* else each half of a byte is a decimal digit */
#define B_24_HOURS	0x02
#define HOUR_PM		0x80

static unsigned
rtc_register(unsigned reg)
{
	outb(RTC_INDEX, reg);
	return inb(RTC_DATA);
}

static unsigned
rtc_number(unsigned value)
{
	if ((rtc_register(RTC_STATUS_B) & B_BINARY) != 0)
		return value;
	return value % 16 + value / 16 * 10;
}

static unsigned
rtc_hour(void)
{
	unsigned hour = rtc_register(RTC_HOUR);

	if ((rtc_register(RTC_STATUS_B) & B_24_HOURS) != 0)
		return rtc_number(hour);
	return rtc_number(hour & ~HOUR_PM) % 12 + ((hour & HOUR_PM) != 0 ? 12 : 0);
}

/* Days from 1970 to the first of MONTH in YEAR: years begin in March, so leap days are last. */
static uint64_t
days_before(unsigned year, unsigned month)
{
	uint64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 - 719468;
}

uint64_t
rtc_read(void)
{
	uint64_t days;

	for (int i = 0; i < RTC_PATIENCE && (rtc_register(RTC_STATUS_A) & A_UPDATING) != 0; i++)
		;
	days = days_before(2000 + rtc_number(rtc_register(RTC_YEAR)),
	    rtc_number(rtc_register(RTC_MONTH))) + rtc_number(rtc_register(RTC_DAY)) - 1;
	return ((days * 24 + rtc_hour()) * 60 + rtc_number(rtc_register(RTC_MIN))) * 60 +
	    rtc_number(rtc_register(RTC_SEC));
}
