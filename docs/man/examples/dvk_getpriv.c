// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

/* Takes the right to copy memory away from endpoint 30 of DC 0. */
int main(void)
{
	const int vcopy = 13;	/* as in enum dvk_call */
	priv_usr_t priv;
	long ret = dvk_getpriv(0, 30, &priv);

	if (ret == OK) {
		priv.priv_dvk_allowed &= ~(1UL << vcopy);
		ret = dvk_setpriv(0, 30, &priv);
	}
	if (ret < 0)
		fprintf(stderr, "%s\n", dvk_strerror(ret));
	return ret < 0;
}
