/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common.h"

#include <gst/rtc/rtc.h>
#include <string.h>

struct _Listener
{
  GstRtcSignaller *signaller;
  GAsyncQueue *heard;           /* element-type utf8 */
};

guint
find_free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) got = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL, &got, &error);
  g_assert_no_error (error);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
}

gboolean
have_file (const gchar * path)
{
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;

  fail_if (g_getenv ("CI") != NULL, "%s is not there", path);
  g_print ("SKIP: %s is not there\n", path);

  return FALSE;
}

/* Pipelines */

Line *
line_new (const gchar * format, ...)
{
  Line *line = g_new0 (Line, 1);
  g_autofree gchar *description = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  description = g_strdup_vprintf (format, args);
  va_end (args);
  line->pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  line->bus = gst_element_get_bus (line->pipeline);

  return line;
}

void
line_play (Line * line)
{
  fail_if (gst_element_set_state (line->pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE);
}

static GstMessage *
pop_message (Line * line, GstMessageType types)
{
  GstMessage *message = gst_bus_timed_pop_filtered (line->bus,
      WATCHDOG * GST_USECOND, types);

  fail_unless (message != NULL, "no message %s",
      gst_message_type_get_name (types));

  return message;
}

GstMessage *
line_wait (Line * line, GstMessageType types)
{
  GstMessage *message = pop_message (line, types | GST_MESSAGE_ERROR);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail ("error: %s", error->message);
  }

  return message;
}

void
line_expect_error (Line * line, const gchar * part)
{
  g_autoptr (GstMessage) message =
      pop_message (line, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, part) != NULL, "'%s' is not in '%s'",
      part, error->message);
}

void
line_stop (Line * line)
{
  fail_unless_equals_int (gst_element_set_state (line->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

void
line_free (Line * line)
{
  line_stop (line);
  gst_object_unref (line->bus);
  gst_check_object_destroyed_on_unref (line->pipeline);
  g_free (line);
}

GObject *
line_ref_signaller (Line * line, const gchar * element)
{
  g_autoptr (GstElement) owner =
      gst_bin_get_by_name (GST_BIN (line->pipeline), element);
  GObject *signaller = NULL;

  g_object_get (owner, "signaller", &signaller, NULL);

  return signaller;
}

gchar *
line_wait_client_id (Line * line, const gchar * element)
{
  g_autoptr (GObject) signaller = line_ref_signaller (line, element);
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  gchar *id = NULL;

  /* The notification comes on a thread of the signaller's */
  for (;;) {
    g_object_get (signaller, "client-id", &id, NULL);
    if (id)
      return id;
    fail_if (g_get_monotonic_time () > end, "%s got no client id", element);
    g_thread_yield ();
  }
}

/* Meters */

static GstPadProbeReturn
count_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Meter *meter = data;
  const gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&meter->lock);
  if (meter->n_buffers > 0)
    meter->longest_gap = MAX (meter->longest_gap, now - meter->last_arrival);
  meter->last_arrival = now;
  meter->n_buffers += info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ?
      gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info)) : 1;
  if (!meter->caps)
    meter->caps = gst_pad_get_current_caps (pad);
  g_cond_broadcast (&meter->cond);
  g_mutex_unlock (&meter->lock);

  return GST_PAD_PROBE_OK;
}

Meter *
meter_new (Line * line, const gchar * element)
{
  g_autoptr (GstElement) end = gst_bin_get_by_name (GST_BIN (line->pipeline),
      element);
  Meter *meter = g_new0 (Meter, 1);

  g_mutex_init (&meter->lock);
  g_cond_init (&meter->cond);
  meter->name = g_strdup (element);
  meter->pad = gst_element_get_static_pad (end, "sink");
  meter->probe = gst_pad_add_probe (meter->pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, count_data, meter, NULL);

  return meter;
}

void
meter_wait (Meter * meter, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint wanted;

  g_mutex_lock (&meter->lock);
  wanted = meter->n_buffers + n;
  while (meter->n_buffers < wanted) {
    if (!g_cond_wait_until (&meter->cond, &meter->lock, end))
      fail ("%s got %u buffers of %u", meter->name, meter->n_buffers, wanted);
  }
  g_mutex_unlock (&meter->lock);
}

void
meter_expect_caps (Meter * meter, const gchar * caps)
{
  g_autoptr (GstCaps) expected = gst_caps_from_string (caps);

  g_mutex_lock (&meter->lock);
  fail_unless (meter->caps != NULL, "nothing came to %s", meter->name);
  fail_unless (gst_caps_is_subset (meter->caps, expected),
      "%s got %" GST_PTR_FORMAT ", not %s", meter->name, meter->caps, caps);
  g_mutex_unlock (&meter->lock);
}

guint
meter_count (Meter * meter)
{
  guint n;

  g_mutex_lock (&meter->lock);
  n = meter->n_buffers;
  g_mutex_unlock (&meter->lock);

  return n;
}

gint64
meter_take_gap (Meter * meter)
{
  gint64 gap;

  g_mutex_lock (&meter->lock);
  gap = MAX (meter->longest_gap, g_get_monotonic_time () - meter->last_arrival);
  meter->longest_gap = 0;
  g_mutex_unlock (&meter->lock);

  return gap;
}

void
meter_free (Meter * meter)
{
  gst_pad_remove_probe (meter->pad, meter->probe);
  gst_object_unref (meter->pad);
  gst_clear_caps (&meter->caps);
  g_mutex_clear (&meter->lock);
  g_cond_clear (&meter->cond);
  g_free (meter->name);
  g_free (meter);
}

/* Listeners */

static void
keep (Listener * listener, const gchar * what, GstStructure * meta)
{
  const gchar *name = meta ? gst_structure_get_string (meta, "name") : NULL;

  g_async_queue_push (listener->heard, g_strdup_printf ("%s %s", what,
          name ? name : "nameless"));
}

static void
on_producer_added (GstRtcSignaller * signaller, const gchar * id,
    GstStructure * meta, gboolean is_new, Listener * listener)
{
  keep (listener, "added", meta);
}

static void
on_producer_removed (GstRtcSignaller * signaller, const gchar * id,
    GstStructure * meta, Listener * listener)
{
  keep (listener, "removed", meta);
}

static void
on_error (GstRtcSignaller * signaller, const gchar * message,
    Listener * listener)
{
  g_async_queue_push (listener->heard, g_strconcat ("error ", message, NULL));
}

/* The type is the plugin's own: an element has one to look at */
static GType
get_signaller_type (void)
{
  GstElement *src = gst_element_factory_make ("webrtcsrc", NULL);
  GObject *signaller = NULL;
  GType type;

  fail_unless (src != NULL, "no element webrtcsrc");
  g_object_get (src, "signaller", &signaller, NULL);
  type = G_OBJECT_TYPE (signaller);
  g_object_unref (signaller);
  gst_object_unref (src);

  return type;
}

Listener *
listener_new (guint port)
{
  Listener *listener = g_new0 (Listener, 1);
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u", port);

  listener->heard = g_async_queue_new_full (g_free);
  listener->signaller = g_object_new (get_signaller_type (), "role",
      GST_RTC_SIGNALLER_ROLE_LISTENER, "uri", uri, NULL);
  g_signal_connect (listener->signaller, "producer-added",
      G_CALLBACK (on_producer_added), listener);
  g_signal_connect (listener->signaller, "producer-removed",
      G_CALLBACK (on_producer_removed), listener);
  g_signal_connect (listener->signaller, "error", G_CALLBACK (on_error),
      listener);
  gst_rtc_signaller_start (listener->signaller);

  return listener;
}

gchar *
listener_next (Listener * listener)
{
  gchar *heard = g_async_queue_timeout_pop (listener->heard, WATCHDOG);

  fail_unless (heard != NULL, "nothing was heard");

  return heard;
}

void
listener_expect (Listener * listener, const gchar * heard)
{
  g_autofree gchar *next = listener_next (listener);

  fail_unless_equals_string (next, heard);
}

void
listener_free (Listener * listener)
{
  gst_rtc_signaller_stop (listener->signaller);
  g_signal_handlers_disconnect_by_data (listener->signaller, listener);
  g_object_unref (listener->signaller);
  g_async_queue_unref (listener->heard);
  g_free (listener);
}

/* Programs */

Program *
program_new (const gchar * const *words)
{
  Program *program = g_new0 (Program, 1);
  g_autoptr (GError) error = NULL;

  program->process = g_subprocess_newv (words,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  program->output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (program->process));

  return program;
}

Program *
program_new_server (guint port)
{
  const gchar *path = g_getenv ("SIGNALLING_SERVER");
  g_autofree gchar *number = g_strdup_printf ("%u", port);
  const gchar *const words[] = { path, "--host", "127.0.0.1", "--port", number,
    NULL
  };
  Program *program;

  fail_unless (path != NULL, "SIGNALLING_SERVER is not set");
  program = program_new (words);
  program_expect (program, "Listening on");

  return program;
}

typedef struct
{
  GSubprocess *process;
  GAsyncQueue *found;
} Watch;

static gpointer
kill_silent (gpointer data)
{
  Watch *watch = data;

  if (!g_async_queue_timeout_pop (watch->found, WATCHDOG))
    g_subprocess_force_exit (watch->process);

  return NULL;
}

/* Reading blocks: after the watchdog's time the program is killed, which ends
 * its output */
void
program_expect (Program * program, const gchar * part)
{
  g_autoptr (GAsyncQueue) done = g_async_queue_new ();
  Watch watch = { program->process, done };
  GThread *thread = g_thread_new ("watchdog", kill_silent, &watch);
  gboolean found = FALSE;
  gchar *line;

  while (!found && (line = g_data_input_stream_read_line (program->output,
              NULL, NULL, NULL))) {
    found = strstr (line, part) != NULL;
    g_free (line);
  }
  g_async_queue_push (done, program);
  g_thread_join (thread);
  fail_unless (found, "the program did not say '%s'", part);
}

void
program_kill (Program * program)
{
  g_subprocess_force_exit (program->process);
  g_subprocess_wait (program->process, NULL, NULL);
  g_object_unref (program->output);
  g_object_unref (program->process);
  g_free (program);
}
