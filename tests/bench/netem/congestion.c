/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The estimator on links that are made up, in virtual time: the cases of RFC
 * 8867, and those that libwebrtc accepts its own by. Prints a line of JSON a
 * scenario, and writes what happened as columns of text when told where. */

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "flow.h"
#include "tcp.h"

#define MAX_FLOWS 5
#define SETTLE (2 * NETEM_SECOND)

#define S(seconds) ((gint64) ((seconds) * 1e9))

typedef struct
{
  const gchar *name;
  gdouble seconds;
  gdouble delay_ms;             /* one way */
  gdouble queue_ms;
  NetemStep steps[8];
  NetemStep back_steps[8];      /* 5.3: a flow the other way */
  guint n_flows;
  gdouble begin[MAX_FLOWS];     /* seconds */
  gdouble extra_ms[MAX_FLOWS];  /* one way, on top */
  guint64 start;                /* bit/s */
  gdouble loss;
  gdouble burst_begin;
  gdouble burst_end;
  gdouble reorder;
  gboolean tcp;
  guint short_tcp;
  gdouble pause[2];             /* seconds at which the second flow does */
  gdouble stuck[2];             /* seconds at which the link is */
  guint64 max_source;
  gboolean no_rtx;
  gdouble key_interval;         /* seconds */
  gint feedback_ms;
  gdouble jain_from;            /* seconds */
} Scenario;

static const Scenario scenarios[] = {
  {.name = "rfc8867-5.1",.seconds = 100,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 1000000}, {S (40), 2500000}, {S (60), 600000}, {S (80),
              1000000}},.n_flows = 1},
  {.name = "rfc8867-5.1-100ms",.seconds = 100,.delay_ms = 100,.queue_ms = 300,
        .steps = {{0, 1000000}, {S (40), 2500000}, {S (60), 600000}, {S (80),
              1000000}},.n_flows = 1},
  {.name = "rfc8867-5.2",.seconds = 125,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 4000000}, {S (25), 2000000}, {S (50), 3500000}, {S (75),
              1000000}, {S (100), 2000000}},.n_flows = 2},
  {.name = "rfc8867-5.3",.seconds = 100,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 2000000}, {S (20), 1000000}, {S (40), 500000}, {S (60),
                2000000}},
        .back_steps = {{0, 2000000}, {S (35), 800000}, {S (70), 2000000}},
      .n_flows = 2},
  {.name = "rfc8867-5.4",.seconds = 120,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 3500000}},.n_flows = 3,.begin = {0, 20, 40},
      .jain_from = 80},
  {.name = "rfc8867-5.5",.seconds = 300,.delay_ms = 0,.queue_ms = 300,
        .steps = {{0, 4000000}},.n_flows = 5,.begin = {0, 10, 20, 30, 40},
      .extra_ms = {10, 25, 50, 100, 150},.jain_from = 100},
  {.name = "rfc8867-5.6",.seconds = 120,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2000000}},.n_flows = 1,.tcp = TRUE},
  {.name = "rfc8867-5.6-1000ms",.seconds = 120,.delay_ms = 50,
      .queue_ms = 1000,.steps = {{0, 2000000}},.n_flows = 1,.tcp = TRUE},
  {.name = "rfc8867-5.7",.seconds = 300,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 2000000}},.n_flows = 2,.short_tcp = 10,
      .jain_from = 20},
  {.name = "rfc8867-5.8",.seconds = 120,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 3500000}},.n_flows = 2,.pause = {40, 60},
      .jain_from = 80},
  {.name = "ramp",.seconds = 30,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}},.n_flows = 1},
  {.name = "ramp-no-rtx",.seconds = 30,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}},.n_flows = 1,.no_rtx = TRUE},
  {.name = "drop",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}, {S (30), 600000}},.n_flows = 1},
  {.name = "start-2000-link-200",.seconds = 30,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 200000}},.n_flows = 1,.start = 2000000},
  {.name = "clear",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}},.n_flows = 1},
  {.name = "loss-5",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}},.n_flows = 1,.loss = 0.05},
  {.name = "loss-burst",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
        .steps = {{0, 2500000}},.n_flows = 1,.burst_begin = 0.005,
      .burst_end = 0.25},
  {.name = "reorder",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 2500000}},.n_flows = 1,.reorder = 0.02},
  {.name = "shallow",.seconds = 60,.delay_ms = 50,.queue_ms = 20,
      .steps = {{0, 1500000}},.n_flows = 1},
  {.name = "key-frames",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 1500000}},.n_flows = 1,.key_interval = 3},
  {.name = "limited-source",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
      .steps = {{0, 3000000}},.n_flows = 1,.max_source = 500000},
  {.name = "libwebrtc-500-800-100",.seconds = 95,.delay_ms = 100,
        .queue_ms = 1000,.feedback_ms = 50,
        .steps = {{0, 500000}, {S (25), 800000}, {S (45), 100000}},
      .n_flows = 1},
  {.name = "libwebrtc-1000-fast",.seconds = 2,.delay_ms = 25,.queue_ms = 300,
      .feedback_ms = 50,.steps = {{0, 1000000}},.n_flows = 1},
  {.name = "libwebrtc-200-fast",.seconds = 2,.delay_ms = 25,.queue_ms = 1000,
      .feedback_ms = 50,.steps = {{0, 200000}},.n_flows = 1},
  {.name = "libwebrtc-loss-20",.seconds = 60,.delay_ms = 50,.queue_ms = 300,
        .feedback_ms = 50,.steps = {{0, 2000000}},.n_flows = 1,
      .loss = 0.2},
  {.name = "libwebrtc-loss-10-slow",.seconds = 120,.delay_ms = 200,
        .queue_ms = 300,.feedback_ms = 50,.steps = {{0, 2000000}},
      .n_flows = 1,.loss = 0.1},
  {.name = "libwebrtc-stuck",.seconds = 40,.delay_ms = 25,.queue_ms = 30000,
        .feedback_ms = 50,.steps = {{0, 1000000}},.n_flows = 1,
      .stuck = {15, 25}},
  {.name = "libwebrtc-tcp",.seconds = 30,.delay_ms = 25,.queue_ms = 300,
        .feedback_ms = 50,.steps = {{0, 1000000}},.n_flows = 1,
      .tcp = TRUE},
  {.name = "libwebrtc-pause",.seconds = 34,.delay_ms = 50,.queue_ms = 300,
        .feedback_ms = 50,.steps = {{0, 2000000}},.n_flows = 1,
      .pause = {20, 24}},
};

typedef struct
{
  const Scenario *scenario;
  World *world;
  NetemLink *forward;
  NetemLink *backward;
  Flow *flows[MAX_FLOWS];
  guint n_flows;
  TcpFlow *tcp[16];
  guint n_tcp;
} Run;

/* Setting up */

static void
pause_last (World * world, gpointer data)
{
  Run *run = data;

  run->flows[run->n_flows - 1]->paused = TRUE;
}

static void
resume_last (World * world, gpointer data)
{
  Run *run = data;

  run->flows[run->n_flows - 1]->paused = FALSE;
}

static void
get_stuck (World * world, gpointer data)
{
  netem_link_set_stuck (((Run *) data)->forward, TRUE);
}

static void
get_free (World * world, gpointer data)
{
  netem_link_set_stuck (((Run *) data)->forward, FALSE);
}

static void
add_flow (Run * run, guint i, GstRtcGccEstimatorType type)
{
  const Scenario *scenario = run->scenario;
  const gboolean back = i > 0 && scenario->back_steps[0].rate > 0;
  const guint64 start = scenario->start > 0 ? scenario->start : 300000;
  Flow *flow = flow_new (run->world, back ? run->backward : run->forward,
      back ? run->forward : run->backward, type, start);

  flow->extra_delay = scenario->extra_ms[i] * NETEM_MS;
  flow->has_rtx = !scenario->no_rtx;
  flow->key_interval = S (scenario->key_interval);
  if (scenario->max_source > 0)
    flow->max_source = scenario->max_source;
  if (scenario->feedback_ms > 0)
    flow->feedback_interval = scenario->feedback_ms * NETEM_MS;
  /* cameras do not click together */
  flow_start (flow, S (scenario->begin[i]) + i * 7 * NETEM_MS);
  run->flows[run->n_flows++] = flow;
}

static void
add_tcp (Run * run)
{
  const Scenario *scenario = run->scenario;

  for (guint i = 0; i < scenario->tcp + scenario->short_tcp; i++) {
    TcpFlow *tcp = tcp_flow_new (run->world, run->forward,
        scenario->delay_ms * NETEM_MS);

    if (scenario->short_tcp > 0) {
      tcp->pause = 10 * NETEM_SECOND;
      tcp->transfer = g_rand_int_range (run->world->random, 100000, 1000000);
    }
    run->tcp[run->n_tcp++] = tcp;
    tcp_flow_start (tcp, scenario->tcp ? 0 : S (i * 1.3));
  }
}

static void
set_up (Run * run, const Scenario * scenario, GstRtcGccEstimatorType type,
    guint32 seed)
{
  const gint64 delay = scenario->delay_ms * NETEM_MS;

  memset (run, 0, sizeof (*run));
  run->scenario = scenario;
  run->world = world_new (seed);
  run->forward = netem_link_new (run->world, scenario->steps[0].rate, delay,
      scenario->queue_ms * NETEM_MS);
  run->forward->loss = scenario->loss;
  run->forward->burst_begin = scenario->burst_begin;
  run->forward->burst_end = scenario->burst_end;
  run->forward->reorder = scenario->reorder;
  netem_link_follow (run->forward, scenario->steps);
  run->backward = netem_link_new (run->world, scenario->back_steps[0].rate,
      delay, scenario->queue_ms * NETEM_MS);
  if (scenario->back_steps[0].rate > 0)
    netem_link_follow (run->backward, scenario->back_steps);
  for (guint i = 0; i < scenario->n_flows; i++)
    add_flow (run, i, type);
  add_tcp (run);
  if (scenario->pause[1] > 0) {
    world_at (run->world, S (scenario->pause[0]), pause_last, run);
    world_at (run->world, S (scenario->pause[1]), resume_last, run);
  }
  if (scenario->stuck[1] > 0) {
    world_at (run->world, S (scenario->stuck[0]), get_stuck, run);
    world_at (run->world, S (scenario->stuck[1]), get_free, run);
  }
}

/* What is on its way frees itself when it arrives */
static void
tear_down (Run * run)
{
  for (guint i = 0; i < run->n_flows; i++)
    run->flows[i]->stopped = TRUE;
  for (guint i = 0; i < run->n_tcp; i++) {
    run->tcp[i]->stopped = TRUE;
    run->tcp[i]->pause = 0;
  }
  world_run_until (run->world, run->world->now + 120 * NETEM_SECOND);
  for (guint i = 0; i < run->n_flows; i++)
    flow_free (run->flows[i]);
  for (guint i = 0; i < run->n_tcp; i++)
    tcp_flow_free (run->tcp[i]);
  netem_link_free (run->forward);
  netem_link_free (run->backward);
  world_free (run->world);
}

/* Measuring */

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

  for (guint i = from * 10; i < run->flows[0]->samples->len; i++) {
    const guint64 estimate = g_array_index (run->flows[0]->samples,
        FlowSample, i).estimate;

    lowest = MIN (lowest, estimate);
    highest = MAX (highest, estimate);
  }
  printf (", \"lowest_kbps\": %.0f, \"highest_kbps\": %.0f", lowest / 1000.0,
      highest / 1000.0);
}

static void
print_result (const Run * run)
{
  const Scenario *scenario = run->scenario;
  const gdouble end = scenario->seconds;
  gdouble bits = tcp_bits_of (run, 0, end);
  gdouble capacity = capacity_of (scenario->steps, 0, end);
  const NetemStep *step;

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
  for (step = scenario->steps + 1; step->rate > 0; step++) {
    if (step->rate < step[-1].rate && run->n_flows == 1) {
      printf (", \"drop_s\": %.1f", reach (run->flows[0],
              step->time / 1e9, step->rate, TRUE));
      break;
    }
  }
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

static void
write_columns (const Run * run, const gchar * directory)
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

int
main (int argc, char **argv)
{
  GstRtcGccEstimatorType type = GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION;
  gboolean kalman = FALSE;
  gint seed = 1;
  g_autofree gchar *directory = NULL;
  g_autofree gchar *only = NULL;
  const GOptionEntry entries[] = {
    {"kalman", 0, 0, G_OPTION_ARG_NONE, &kalman, "Use the Kalman filter",
        NULL},
    {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "Of chance", "N"},
    {"columns", 0, 0, G_OPTION_ARG_FILENAME, &directory,
        "Where to write what happened", "DIR"},
    {"only", 0, 0, G_OPTION_ARG_STRING, &only,
        "Scenarios whose name begins so", "NAME"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (kalman)
    type = GST_RTC_GCC_ESTIMATOR_KALMAN;

  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++) {
    Run run;

    if (only && !g_str_has_prefix (scenarios[i].name, only))
      continue;
    set_up (&run, &scenarios[i], type, seed);
    world_run_until (run.world, S (scenarios[i].seconds));
    print_result (&run);
    if (directory)
      write_columns (&run, directory);
    tear_down (&run);
  }

  return 0;
}
