/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the server counts, as Prometheus reads it (text format 0.0.4). Pure. */

#include "metrics.h"

#define PREFIX "gst_webrtc_signalling_"

/* Upper bounds in seconds; above them is +Inf */
static const gdouble bounds[GST_RTC_LATENCY_BUCKETS] = {
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25
};

static const struct
{
  const gchar *name;
  const gchar *label;           /* nullable: with its value */
  const gchar *help;            /* nullable: the one before has it */
} counts[GST_RTC_N_COUNTS] = {
  [GST_RTC_COUNT_CONNECTED] = {"connections_total", NULL,
      "Clients that came"},
  [GST_RTC_COUNT_RESUMED] = {"resumptions_total", NULL,
      "Clients that came back with their peer"},
  [GST_RTC_COUNT_LOST] = {"losses_total", NULL,
      "Connections that ended without a goodbye"},
  [GST_RTC_COUNT_BYTES_IN] = {"bytes_total", "direction=\"in\"",
      "Bytes of messages"},
  [GST_RTC_COUNT_BYTES_OUT] = {"bytes_total", "direction=\"out\"", NULL},
  [GST_RTC_COUNT_THROTTLED] = {"throttled_total", NULL,
      "Times that a client had to wait, as it said too much"},
  [GST_RTC_COUNT_ERROR_MESSAGE] = {"errors_total", "kind=\"message\"",
      "What was wrong"},
  [GST_RTC_COUNT_ERROR_REFUSED] = {"errors_total", "kind=\"refused\"", NULL},
  [GST_RTC_COUNT_ERROR_FRAME] = {"errors_total", "kind=\"frame\"", NULL},
  [GST_RTC_COUNT_ERROR_AUTH] = {"errors_total", "kind=\"auth\"", NULL},
  [GST_RTC_COUNT_ERROR_ORIGIN] = {"errors_total", "kind=\"origin\"", NULL},
  [GST_RTC_COUNT_ERROR_FULL] = {"errors_total", "kind=\"full\"", NULL},
  [GST_RTC_COUNT_EVICTED_SLOW] = {"evictions_total", "reason=\"slow\"",
      "Clients that were put out"},
  [GST_RTC_COUNT_EVICTED_SILENT] = {"evictions_total", "reason=\"silent\"",
      NULL},
  [GST_RTC_COUNT_EVICTED_EXPIRED] = {"evictions_total", "reason=\"expired\"",
      NULL},
};

/* From reading a message to having written what it brought about */
void
gst_rtc_metrics_add_latency (GstRtcMetrics * self, gint64 microseconds)
{
  const gdouble seconds = (gdouble) microseconds / G_TIME_SPAN_SECOND;
  guint i = 0;

  while (i < GST_RTC_LATENCY_BUCKETS && seconds > bounds[i])
    i++;
  self->latency[i]++;
  self->latency_sum += seconds;
}

static void
add_head (GString * text, const gchar * name, const gchar * type,
    const gchar * help)
{
  g_string_append_printf (text, "# HELP " PREFIX "%s %s.\n# TYPE " PREFIX
      "%s %s\n", name, help, name, type);
}

static void
add_gauge (GString * text, const gchar * name, const gchar * help,
    guint64 value)
{
  add_head (text, name, "gauge", help);
  g_string_append_printf (text, PREFIX "%s %" G_GUINT64_FORMAT "\n", name,
      value);
}

static void
add_gauges (GString * text, const GstRtcGauges * gauges)
{
  const struct
  {
    const gchar *role;
    guint n;
  } roles[] = {
    {"producer", gauges->producers},
    {"listener", gauges->listeners},
    {"consumer", gauges->consumers},
  };

  add_gauge (text, "clients", "Clients that are connected", gauges->clients);
  add_head (text, "peers", "gauge", "Peers by role; one may have several");
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    g_string_append_printf (text, PREFIX "peers{role=\"%s\"} %u\n",
        roles[i].role, roles[i].n);
  add_gauge (text, "parked_peers", "Peers that may come back", gauges->parked);
  add_gauge (text, "sessions", "Sessions", gauges->sessions);
  add_gauge (text, "queued_bytes", "Bytes that wait for slow clients",
      gauges->queued_bytes);
}

static void
add_latency (GString * text, const GstRtcMetrics * self)
{
  gchar bound[G_ASCII_DTOSTR_BUF_SIZE];
  guint64 n = 0;

  add_head (text, "handling_seconds", "histogram",
      "From reading a message to having written what it brought about");
  for (guint i = 0; i < GST_RTC_LATENCY_BUCKETS; i++) {
    n += self->latency[i];
    g_ascii_formatd (bound, sizeof bound, "%g", bounds[i]);
    g_string_append_printf (text, PREFIX "handling_seconds_bucket{le=\"%s\"} %"
        G_GUINT64_FORMAT "\n", bound, n);
  }
  n += self->latency[GST_RTC_LATENCY_BUCKETS];
  g_ascii_formatd (bound, sizeof bound, "%.6f", self->latency_sum);
  g_string_append_printf (text, PREFIX "handling_seconds_bucket{le=\"+Inf\"} %"
      G_GUINT64_FORMAT "\n" PREFIX "handling_seconds_sum %s\n" PREFIX
      "handling_seconds_count %" G_GUINT64_FORMAT "\n", n, bound, n);
}

gchar *
gst_rtc_metrics_to_text (const GstRtcMetrics * self,
    const GstRtcGauges * gauges)
{
  GString *text = g_string_new (NULL);

  add_gauges (text, gauges);
  for (guint i = 0; i < GST_RTC_N_COUNTS; i++) {
    if (counts[i].help)
      add_head (text, counts[i].name, "counter", counts[i].help);
    g_string_append_printf (text, counts[i].label ? PREFIX "%s{%s} %"
        G_GUINT64_FORMAT "\n" : PREFIX "%s%s %" G_GUINT64_FORMAT "\n",
        counts[i].name, counts[i].label ? counts[i].label : "",
        self->counts[i]);
  }
  add_head (text, "messages_total", "counter", "Messages that were handled");
  for (guint i = 0; i < G_N_ELEMENTS (self->messages); i++) {
    if (gst_rtc_message_type_is_for (i, GST_RTC_TO_SERVER))
      g_string_append_printf (text, PREFIX "messages_total{type=\"%s\"} %"
          G_GUINT64_FORMAT "\n", gst_rtc_message_type_name (i),
          self->messages[i]);
  }
  add_latency (text, self);

  return g_string_free (text, FALSE);
}
