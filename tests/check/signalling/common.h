/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>
#include <libsoup/soup.h>

#include "ext/signalling/server.h"
#include "ext/signalling/wssignaller.h"
#include "tests/check/common/threads.h"

/* What the tests over real sockets share: a server on a free port, a bare
 * WebSocket client, and waiting for a condition. */

/* enough for valgrind */
#define WAIT_SECONDS 40

typedef gboolean (*Condition) (gpointer data);

void wait_on_context (GMainContext * context, Condition condition,
    gpointer data, const gchar * what);
#define wait_for(condition, data) \
    wait_on_context (NULL, (condition), (data), #condition)

GstRtcSignallingServer *server_on (guint port, const gchar * cert,
    const gchar * key);
gchar *server_uri (GstRtcSignallingServer * server, const gchar * scheme,
    const gchar * query);
void wait_for_n_threads (guint n);

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  SoupWebsocketConnection *socket;      /* NULL if it was refused */
  gboolean answered;
  gboolean closed;
  GQueue received;              /* element-type utf8 */
} RawClient;

RawClient *raw_client_new (GstRtcSignallingServer * server,
    const gchar * origin);
void raw_client_free (RawClient * client);
void raw_client_send (RawClient * client, const gchar * text);
/* the next message, which must contain @part */
gchar *raw_client_expect (RawClient * client, const gchar * part);
/* the value of a text member in JSON text of ours */
gchar *text_member (const gchar * json, const gchar * name);

/* A certificate authority and a certificate of it for 127.0.0.1, made by
 * openssl in a folder of its own */
typedef struct
{
  gchar *folder;
  gchar *ca;
  gchar *cert;
  gchar *key;
} TestCertificate;

void test_certificate_make (TestCertificate * certificate);
void test_certificate_remove (TestCertificate * certificate);
