/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "opensslguard.h"

#ifdef HAVE_LIBCRYPTO
#include <openssl/crypto.h>
#endif

/**
 * gst_rtc_keep_openssl_until_the_end:
 *
 * GStreamer's DTLS elements use OpenSSL, which takes itself down when the
 * process exits. GStreamer's threads may still be on their way out then, and
 * both free what OpenSSL keeps for each thread: a crash at the end of every
 * tenth program that had ten viewers. Has to come before anybody else uses
 * OpenSSL, so the elements call it when their classes are made.
 *
 * Thread: any
 */
void
gst_rtc_keep_openssl_until_the_end (void)
{
#ifdef HAVE_LIBCRYPTO
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
#endif
}
