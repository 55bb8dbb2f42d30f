/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the server serves while it runs: HTTP requests, of which those that
 * open a WebSocket and are let in become clients (clients.c).
 *
 *     request -> checks -> upgrade -> client
 *             -> file of web-root
 *
 * A Visitor is a request that was let in: it counts for its address from then
 * on, until its client is gone, or the upgrade came to nothing.
 *
 * Made and freed by whoever starts the server; all between is on the server's
 * thread. Only what reload() swaps is posted there.
 */

#include "service.h"

#include "admin.h"
#include "admission.h"
#include "clients.h"
#include "headers.h"
#include "budget.h"
#include "log.h"
#include "staticfiles.h"

/* A slow client has to take a file */
#define ANSWER_SECONDS 600

struct _GstRtcService
{
  GstRtcServerSettings *settings;
  gchar *own_token;             /* nullable */
  GstRtcIceServers *ice_servers;
  GstRtcStaticFiles *files;     /* nullable */
  GstRtcAdmission admission;
  GstRtcAddresses *addresses;
  GstRtcClients *clients;
  GstRtcAdmin *admin;           /* nullable */

  GstRtcSoupThread *thread;     /* unowned */
  GstRtcAuth *auth;
  guint n_visitors;             /* not clients yet */
  gboolean is_ending;
};

typedef struct
{
  GstRtcService *service;
  gchar *address;
  GstRtcGrant *grant;           /* NULL once it is a client's */
} Visitor;

static GstRtcAuth *
read_auth (GstRtcService * self, GError ** error)
{
  const GstRtcAuthSettings auth = {
    .tokens_file = self->settings->auth_tokens,
    .jwt_key_file = self->settings->auth_jwt_key,
    .jwt_algorithm = self->settings->auth_jwt_algorithm,
    .own_token = self->own_token,
  };

  return gst_rtc_auth_new (&auth, error);
}

static void
leave_address (gpointer data)
{
  Visitor *visitor = data;

  gst_rtc_addresses_remove (visitor->service->addresses, visitor->address);
  g_free (visitor->address);
  g_free (visitor);
}

/* The request came to nothing */
static void
visitor_free (gpointer data)
{
  Visitor *visitor = data;

  visitor->service->n_visitors--;
  g_clear_pointer (&visitor->grant, gst_rtc_grant_free);
  leave_address (visitor);
}

static void
refuse (GstRtcService * self, SoupServerMessage * message, guint status,
    GstRtcCount count, const gchar * why)
{
  GST_WARNING ("request from %s refused: %s",
      soup_server_message_get_remote_host (message), why);
  gst_rtc_clients_get_metrics (self->clients)->counts[count]++;
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Connection", "close");
  soup_server_message_set_status (message, status, NULL);
}

static gboolean
is_welcome (GstRtcService * self, SoupServerMessage * message)
{
  if (!gst_rtc_admission_check_host (&self->admission, message)) {
    refuse (self, message, SOUP_STATUS_FORBIDDEN, GST_RTC_COUNT_ERROR_ORIGIN,
        "its host is none of this machine");
    return FALSE;
  }
  if (!gst_rtc_admission_check_origin (&self->admission, message)) {
    refuse (self, message, SOUP_STATUS_FORBIDDEN, GST_RTC_COUNT_ERROR_ORIGIN,
        "foreign origin");
    return FALSE;
  }

  return TRUE;
}

static GstRtcGrant *
authenticate (GstRtcService * self, SoupServerMessage * message)
{
  g_autofree gchar *credentials = gst_rtc_admission_get_credentials (message);
  g_autoptr (GError) error = NULL;
  GstRtcGrant *grant = gst_rtc_auth_check (self->auth, credentials,
      g_get_real_time () / G_TIME_SPAN_SECOND, &error);

  if (!grant) {
    refuse (self, message, SOUP_STATUS_UNAUTHORIZED, GST_RTC_COUNT_ERROR_AUTH,
        error->message);
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "WWW-Authenticate", "Bearer");
  }

  return grant;
}

static gboolean
has_place (GstRtcService * self)
{
  return !self->is_ending && gst_rtc_clients_get_n (self->clients) +
      self->n_visitors < self->settings->max_clients;
}

static Visitor *
let_in (GstRtcService * self, SoupServerMessage * message)
{
  g_autoptr (GstRtcGrant) grant = NULL;
  g_autofree gchar *address = gst_rtc_admission_get_address (message);
  Visitor *visitor;

  if (!is_welcome (self, message))
    return NULL;
  grant = authenticate (self, message);
  if (!grant)
    return NULL;
  if (!has_place (self)) {
    refuse (self, message, SOUP_STATUS_SERVICE_UNAVAILABLE,
        GST_RTC_COUNT_ERROR_FULL, "too many clients");
    return NULL;
  }
  if (!gst_rtc_addresses_add (self->addresses, address)) {
    refuse (self, message, 429, GST_RTC_COUNT_ERROR_FULL,
        "too many clients of its address");
    return NULL;
  }

  visitor = g_new0 (Visitor, 1);
  visitor->service = self;
  visitor->address = g_steal_pointer (&address);
  visitor->grant = g_steal_pointer (&grant);
  self->n_visitors++;

  return visitor;
}

static void
on_upgraded (SoupServerMessage * message, GstRtcService * self)
{
  g_autoptr (SoupServerMessage) keep = g_object_ref (message);
  g_autoptr (GSocket) socket =
      g_object_ref (gst_rtc_soup_thread_get_socket (message));
  const gboolean is_tls =
      soup_server_message_get_tls_peer_certificate (message) != NULL
      || g_str_equal (g_uri_get_scheme (soup_server_message_get_uri (message)),
      "https");
  const gchar *host = soup_server_message_get_remote_host (message);
  g_autofree gchar *from = g_strdup (host ? host : "a Unix socket");
  Visitor *visitor = g_object_steal_data (G_OBJECT (message), "visitor");
  g_autoptr (GIOStream) stream = NULL;

  gst_rtc_soup_thread_give_time (self->thread, message, 0);
  stream = soup_server_message_steal_connection (message);
  self->n_visitors--;
  gst_rtc_clients_add (self->clients, stream, g_socket_get_fd (socket), is_tls,
      g_steal_pointer (&visitor->grant), leave_address, visitor, from);
}

static void
answer_plain (GstRtcService * self, SoupServerMessage * message)
{
  gst_rtc_soup_thread_give_time (self->thread, message, ANSWER_SECONDS);
  if (!gst_rtc_admission_check_host (&self->admission, message)) {
    refuse (self, message, SOUP_STATUS_FORBIDDEN, GST_RTC_COUNT_ERROR_ORIGIN,
        "its host is none of this machine");
  } else if (self->files) {
    /* by which the page knows that signalling is where it came from */
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "Server", "gst-webrtc-signalling-server");
    gst_rtc_static_files_answer (self->files, message);
  } else {
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "Connection", "Upgrade, close");
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "Upgrade", "websocket");
    soup_server_message_set_status (message, 426, "Upgrade Required");
  }
}

/* No extension is offered: compressed messages would have no bound */
static void
on_request (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer user_data)
{
  GstRtcService *self = user_data;
  Visitor *visitor;

  if (!soup_message_headers_get_one (soup_server_message_get_request_headers
          (message), "Upgrade")) {
    answer_plain (self, message);
    return;
  }

  visitor = let_in (self, message);
  if (!visitor)
    return;
  g_object_set_data_full (G_OBJECT (message), "visitor", visitor, visitor_free);
  if (!soup_websocket_server_process_handshake (message, NULL, NULL, NULL,
          NULL))
    return;

  gst_rtc_headers_add (soup_server_message_get_response_headers (message),
      self->settings->headers);
  g_signal_connect (message, "wrote-informational", G_CALLBACK (on_upgraded),
      self);
}

static gboolean
is_ready (gpointer user_data)
{
  return has_place (user_data);
}

static gchar *
describe (gpointer user_data)
{
  GstRtcService *self = user_data;
  GstRtcGauges gauges = { 0, };

  gst_rtc_clients_get_gauges (self->clients, &gauges);

  return
      gst_rtc_metrics_to_text (gst_rtc_clients_get_metrics (self->clients),
      &gauges);
}

static void
begin_service (GstRtcSoupThread * thread, SoupServer * server,
    gpointer user_data)
{
  GstRtcService *self = user_data;
  g_autoptr (GError) error = NULL;

  self->thread = thread;
  if (!gst_rtc_clients_begin (self->clients, &error)) {
    GST_ERROR ("nobody can be served: %s", error->message);
    self->is_ending = TRUE;
  }
  if (self->admin)
    gst_rtc_admin_begin (self->admin, &self->admission, is_ready, describe,
        self);
  soup_server_add_handler (server, NULL, on_request, self, NULL);
}

static void
end_service (gpointer user_data)
{
  GstRtcService *self = user_data;

  self->is_ending = TRUE;
  gst_rtc_clients_say_goodbye (self->clients);
  if (self->admin)
    gst_rtc_admin_end (self->admin);
}

static void
abandon_clients (gpointer user_data)
{
  GstRtcService *self = user_data;

  gst_rtc_clients_abandon (self->clients);
}

static gboolean
has_service_ended (gpointer user_data)
{
  GstRtcService *self = user_data;

  return gst_rtc_clients_are_gone (self->clients);
}

const GstRtcSoupCallbacks gst_rtc_service_callbacks = {
  .begin = begin_service,
  .end = end_service,
  .abandon = abandon_clients,
  .has_ended = has_service_ended,
};

static gboolean
read_settings (GstRtcService * self, GError ** error)
{
  GstRtcServerSettings *settings = self->settings;

  self->auth = read_auth (self, error);
  if (!self->auth)
    return FALSE;
  self->ice_servers = gst_rtc_ice_servers_new (settings->stun, settings->turn,
      settings->turn_secret, settings->turn_ttl, error);
  if (!self->ice_servers)
    return FALSE;
  if (settings->web_root) {
    self->files = gst_rtc_static_files_new (settings->web_root, NULL, error);
    if (!self->files)
      return FALSE;
  }
  if (settings->admin) {
    self->admin = gst_rtc_admin_new (settings->admin, error);
    if (!self->admin)
      return FALSE;
  }

  return TRUE;
}

/* @own_token: with which the one who runs the server comes in */
GstRtcService *
gst_rtc_service_new (const GstRtcServerSettings * settings,
    const gchar * own_token, GError ** error)
{
  GstRtcService *self = g_new0 (GstRtcService, 1);

  self->settings = gst_rtc_server_settings_copy (settings);
  self->own_token = g_strdup (own_token);
  self->addresses = gst_rtc_addresses_new (settings->max_clients_per_address);
  gst_rtc_admission_init (&self->admission, settings);
  if (!read_settings (self, error)) {
    gst_rtc_service_free (self);
    return NULL;
  }
  self->clients = gst_rtc_clients_new (settings, self->ice_servers);

  return self;
}

void
gst_rtc_service_free (GstRtcService * self)
{
  g_clear_pointer (&self->clients, gst_rtc_clients_free);
  g_clear_pointer (&self->admin, gst_rtc_admin_free);
  g_clear_pointer (&self->files, gst_rtc_static_files_free);
  g_clear_pointer (&self->ice_servers, gst_rtc_ice_servers_free);
  g_clear_pointer (&self->auth, gst_rtc_auth_free);
  gst_rtc_admission_clear (&self->admission);
  gst_rtc_addresses_free (self->addresses);
  g_free (self->own_token);
  gst_rtc_server_settings_free (self->settings);
  g_free (self);
}

typedef struct
{
  GstRtcService *service;
  GstRtcAuth *auth;
} Swap;

static void
swap_free (Swap * swap)
{
  gst_rtc_auth_free (swap->auth);
  g_free (swap);
}

static gboolean
on_swap (gpointer user_data)
{
  Swap *swap = user_data;
  GstRtcAuth *old = swap->service->auth;

  swap->service->auth = swap->auth;
  swap->auth = old;

  return G_SOURCE_REMOVE;
}

/* Reads certificate, tokens and keys again; those who are connected stay. When
 * any of it fails all stays as it was. Thread: the one that frees the service */
gboolean
gst_rtc_service_reload (GstRtcService * self, GstRtcSoupThread * thread,
    const GstRtcSoupAddress * address, GError ** error)
{
  GstRtcAuth *auth = read_auth (self, error);
  GSource *source;
  Swap *swap;

  if (!auth)
    return FALSE;
  if (!gst_rtc_soup_thread_reload (thread, address, error)) {
    gst_rtc_auth_free (auth);
    return FALSE;
  }

  swap = g_new0 (Swap, 1);
  swap->service = self;
  swap->auth = auth;
  source = g_idle_source_new ();
  g_source_set_callback (source, on_swap, swap, (GDestroyNotify) swap_free);
  g_source_attach (source, gst_rtc_soup_thread_get_context (thread));
  g_source_unref (source);

  return TRUE;
}

/* 0 if there is none */
guint
gst_rtc_service_get_admin_port (GstRtcService * self)
{
  return self->admin ? gst_rtc_admin_get_port (self->admin) : 0;
}
