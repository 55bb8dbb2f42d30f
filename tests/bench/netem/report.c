/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "report.h"

#include <glib/gstdio.h>
#include <stdio.h>

#define SETTLE (2 * NETEM_SECOND)

static guint64
rate_at (const NetemStep * steps, gint64 time)
{
  guint64 rate = steps->rate;

  for (; steps->rate > 0 && steps->time <= time; steps++)
    rate = steps->rate;

  return rate;
}

static gdouble
capacity_of (const NetemStep * steps, gdouble from, gdouble until)
{
  gdouble bits = 0;

  for (gint64 t = S (from); t < S (until); t += FLOW_SAMPLE)
    bits += rate_at (steps, t) / 10.0;

  return bits;
}

static gdouble
bits_of (const Flow * flow, gdouble from, gdouble until)
{
  gdouble bits = 0;

  for (guint i = from * 10; i < until * 10 && i < flow->samples->len; i++)
    bits += 8 * g_array_index (flow->samples, FlowSample, i).received;

  return bits;
}

static gdouble
tcp_bits_of (const Run * run, gdouble from, gdouble until)
{
  gdouble bits = 0;

  for (guint k = 0; k < run->n_tcp; k++)
    for (guint i = from * 10; i < until * 10 && i < run->tcp[k]->samples->len;
        i++)
      bits += 8 * g_array_index (run->tcp[k]->samples, guint64, i);

  return bits;
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  const gdouble x = *(const gdouble *) a;
  const gdouble y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

/* Settled: two seconds after a change of the link or the arrival of a flow */
static gboolean
is_settled (const Scenario * scenario, gint64 time)
{
  for (const NetemStep * s = scenario->steps; s->rate > 0; s++)
    if (time >= s->time && time < s->time + SETTLE)
      return FALSE;
  for (guint i = 0; i < scenario->n_flows; i++)
    if (time >= S (scenario->begin[i]) && time < S (scenario->begin[i]) +
        SETTLE)
      return FALSE;

  return TRUE;
}

static gdouble
queue_percentile (const Run * run, gdouble p)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gdouble));

  for (guint k = 0; k < run->n_flows; k++) {
    const Flow *flow = run->flows[k];

    for (guint i = 0; i < flow->delays->len; i++) {
      const FlowDelay *delay = &g_array_index (flow->delays, FlowDelay, i);

      if (is_settled (run->scenario, delay->time))
        g_array_append_val (all, delay->queued);
    }
  }
  if (all->len == 0)
    return 0;
  g_array_sort (all, compare_doubles);

  return g_array_index (all, gdouble, (guint) (p * (all->len - 1)));
}

static gdouble
loss_of (const Run * run)
{
  guint64 n = run->forward->n_packets;
  guint64 lost = 0;
  gdouble packets = 0;

  for (guint k = 0; k < run->n_flows; k++) {
    packets += run->flows[k]->next_seqnum;
    for (guint i = 0; i < run->flows[k]->samples->len; i++)
      lost += g_array_index (run->flows[k]->samples, FlowSample, i).n_lost;
  }

  return n > 0 ? lost / packets : 0;
}

static gdouble
jain (const Run * run, gdouble from, gdouble until, gdouble * ret_ratio)
{
  gdouble sum = 0;
  gdouble squares = 0;
  gdouble least = G_MAXDOUBLE;
  gdouble most = 0;

  for (guint k = 0; k < run->n_flows; k++) {
    const gdouble bits = bits_of (run->flows[k], from, until);

    sum += bits;
    squares += bits * bits;
    least = MIN (least, bits);
    most = MAX (most, bits);
  }
  *ret_ratio = least / most;

  return sum * sum / (run->n_flows * squares);
}

/* Seconds from @from on until the estimate stays on one side of @rate for half
 * a second, or -1 */
static gdouble
reach (const Flow * flow, gdouble from, gdouble rate, gboolean below)
{
  const guint first = from * 10;
  guint n = 0;

  for (guint i = first; i < flow->samples->len; i++) {
    const gdouble estimate =
        g_array_index (flow->samples, FlowSample, i).estimate;

    n = (below ? estimate <= rate : estimate >= rate) ? n + 1 : 0;
    if (n == 5)
      return (i + 1 - 4 - first) / 10.0;
  }

  return -1;
}

static void
print_estimates (const Run * run)
{
  static const gdouble at[] = { 0.5, 1, 2, 3, 10, 18, 20, 25, 30, 45, 60, 95 };

  printf (", \"estimate_kbps\": {");
  for (guint i = 0; i < G_N_ELEMENTS (at); i++) {
    const guint sample = at[i] * 10 - 1;

    if (sample < run->flows[0]->samples->len)
      printf ("%s\"%g\": %" G_GUINT64_FORMAT, i > 0 ? ", " : "", at[i],
          g_array_index (run->flows[0]->samples, FlowSample,
              sample).estimate / 1000);
  }
  printf ("}");
}

static void
print_lowest (const Run * run, gdouble from)
{
  guint64 lowest = G_MAXUINT64;
  guint64 highest = 0;

  if (run->flows[0]->samples->len <= from * 10)
    return;
  for (guint i = from * 10; i < run->flows[0]->samples->len; i++) {
    const guint64 estimate = g_array_index (run->flows[0]->samples,
        FlowSample, i).estimate;

    lowest = MIN (lowest, estimate);
    highest = MAX (highest, estimate);
  }
  printf (", \"lowest_kbps\": %.0f, \"highest_kbps\": %.0f", lowest / 1000.0,
      highest / 1000.0);
}

/* How long the first fall and the first rise of the link took to be noticed */
static void
print_changes (const Run * run)
{
  const NetemStep *const steps = run->scenario->steps;
  gboolean fell = FALSE;
  gboolean rose = FALSE;

  for (const NetemStep * step = steps + 1; step->rate > 0; step++) {
    const gboolean falls = step->rate < step[-1].rate;

    if (falls ? fell : rose)
      continue;
    printf (", \"%s\": %.1f", falls ? "drop_s" : "recover_s",
        reach (run->flows[0], step->time / 1e9, (falls ? 1 : 2 / 3.0) *
            step->rate, falls));
    fell |= falls;
    rose |= !falls;
  }
}

void
report_print (const Run * run)
{
  const Scenario *scenario = run->scenario;
  const gdouble end = scenario->seconds;
  gdouble bits = tcp_bits_of (run, 0, end);
  gdouble capacity = capacity_of (scenario->steps, 0, end);

  for (guint i = 0; i < run->n_flows; i++)
    bits += bits_of (run->flows[i], 0, end);
  if (scenario->back_steps[0].rate > 0)
    capacity += capacity_of (scenario->back_steps, 0, end);

  printf ("{\"name\": \"%s\", \"utilisation\": %.3f, \"queue_ms\": "
      "{\"p50\": %.1f, \"p95\": %.1f}, \"loss\": %.4f", scenario->name,
      bits / capacity, queue_percentile (run, 0.5),
      queue_percentile (run, 0.95), loss_of (run));
  printf (", \"ramp_s\": %.1f", reach (run->flows[0], 0,
          0.8 * scenario->steps[0].rate / run->n_flows, FALSE));
  if (run->n_flows == 1)
    print_changes (run);
  if (run->n_flows > 1) {
    gdouble ratio;
    gdouble index = jain (run, scenario->jain_from, end, &ratio);

    printf (", \"jain\": %.3f, \"least_by_most\": %.2f", index, ratio);
  }
  if (run->n_tcp > 0) {
    gdouble tcp = tcp_bits_of (run, 10, end);
    gdouble media = 0;

    for (guint i = 0; i < run->n_flows; i++)
      media += bits_of (run->flows[i], 10, end);
    printf (", \"tcp_share\": %.2f, \"media_share\": %.2f",
        tcp / (tcp + media), media / (tcp + media));
  }
  if (run->flows[0]->key_interval > 0)
    printf (", \"key_frame_ms\": %.0f", run->flows[0]->longest_key_frame / 1e6);
  print_lowest (run, 5);
  if (run->n_flows == 1)
    print_estimates (run);
  printf ("}\n");
}

void
report_write_columns (const Run * run, const gchar * directory)
{
  g_autofree gchar *name = g_strdup_printf ("%s.dat", run->scenario->name);
  g_autofree gchar *path = g_build_filename (directory, name, NULL);
  FILE *file = g_fopen (path, "w");

  if (!file) {
    g_printerr ("%s cannot be written\n", path);
    return;
  }
  for (guint i = 0; i < run->flows[0]->samples->len; i++) {
    fprintf (file, "%.1f %.0f", (i + 1) / 10.0,
        rate_at (run->scenario->steps, i * FLOW_SAMPLE) / 1000.0);
    for (guint k = 0; k < run->n_flows; k++) {
      const FlowSample *sample = &g_array_index (run->flows[k]->samples,
          FlowSample, i);

      fprintf (file, " %.0f %.0f %.1f", sample->estimate / 1000.0,
          sample->received * 8 / 100.0, sample->queue);
    }
    fprintf (file, " %.0f\n", tcp_bits_of (run, i / 10.0,
            (i + 1) / 10.0 - 0.05) / 100.0);
  }
  fclose (file);
}
