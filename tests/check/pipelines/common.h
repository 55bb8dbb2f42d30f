/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/check/gstcheck.h>

/* What the tests of whole pipelines share. The elements come from the plugin
 * of the build, as an application gets them. Everything that waits gives up
 * after WATCHDOG and says what it missed. */

#define WATCHDOG (30 * G_USEC_PER_SEC)

#define BALL "videotestsrc is-live=true pattern=ball ! " \
    "video/x-raw,width=320,height=240,framerate=30/1 ! "
#define TONE(freq) "audiotestsrc is-live=true freq=" #freq " ! " \
    "audio/x-raw,rate=48000,channels=2 ! "
#define SINK "webrtcsink name=sink stun-server=\"\" "
#define OWN_SERVER SINK "run-signalling-server=true " \
    "signalling-server-host=127.0.0.1 signalling-server-port=%u "
#define SOURCE "webrtcsrc name=src stun-server=\"\" " \
    "signaller::uri=ws://127.0.0.1:%u "
#define FIRST_PRODUCER SOURCE "connect-to-first-producer=true "

guint find_free_port (void);
/* Fails, or without CI in the environment skips, when it is not there */
gboolean have_file (const gchar * path);

/* A pipeline */

typedef struct
{
  GstElement *pipeline;
  GstBus *bus;
} Line;

Line *line_new (const gchar * format, ...) G_GNUC_PRINTF (1, 2);
void line_play (Line * line);
/* the next message of the types; an error that is not among them fails */
GstMessage *line_wait (Line * line, GstMessageType types);
/* fails unless the next error or EOS is an error that says @part */
void line_expect_error (Line * line, const gchar * part);
void line_stop (Line * line);
void line_free (Line * line);
/* of an element "sink" or "src" in it */
GObject *line_ref_signaller (Line * line, const gchar * element);
gchar *line_wait_client_id (Line * line, const gchar * element);

/* Counts what arrives at an element */

typedef struct
{
  GstPad *pad;
  gulong probe;
  gchar *name;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_buffers;
  gint64 last_arrival;
  gint64 longest_gap;           /* in microseconds */
  GstCaps *caps;
} Meter;

Meter *meter_new (Line * line, const gchar * element);
/* waits for @n more than there are now */
void meter_wait (Meter * meter, guint n);
void meter_expect_caps (Meter * meter, const gchar * caps);
guint meter_count (Meter * meter);
/* the longest time without a buffer since this was asked the last time */
gint64 meter_take_gap (Meter * meter);
void meter_free (Meter * meter);

/* A signaller that listens, without an element. What it hears is kept as
 * "added NAME" and "removed NAME" with the name in the producer's meta */

typedef struct _Listener Listener;

Listener *listener_new (guint port);
void listener_expect (Listener * listener, const gchar * heard);
gchar *listener_next (Listener * listener);
void listener_free (Listener * listener);

/* Another program that runs meanwhile */

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
} Program;

Program *program_new (const gchar * const *words);
Program *program_new_server (guint port);
/* waits for a line that has @part */
void program_expect (Program * program, const gchar * part);
/* ends it with SIGKILL */
void program_kill (Program * program);
