/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bottleneck between two network namespaces, as netem is not in every
 * kernel: a TUN device in each, and this between them.
 *
 *   relay NETNS DEVICE NETNS DEVICE
 *
 * Reads commands, a line each, and answers each with a line:
 *
 *   down|up rate BIT/S      0: no limit; down is from the first to the second
 *   down|up delay MS        one way
 *   down|up queue MS        what does not fit at the present rate is dropped
 *   down|up loss SHARE      at random
 *   down|up report          JSON of what went through since the last: packets,
 *                           bytes, lost, dropped, queue_ms {p50, p95}
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MTU 2000
#define MS 1000.0

typedef struct
{
  gint64 due;                   /* us */
  gssize size;
  guint8 data[MTU];
} Packet;

typedef struct
{
  int from;
  int to;
  guint64 rate;                 /* bit/s */
  gint64 delay;                 /* us */
  gint64 queue_limit;           /* us */
  gdouble loss;

  gdouble free_at;              /* us */
  GQueue packets;
  GArray *queued;               /* element-type gdouble: ms */
  guint64 bytes;
  guint n_lost;
  guint n_dropped;
} Direction;

static int
open_tun (const char *netns, const char *device)
{
  g_autofree char *path = g_strdup_printf ("/run/netns/%s", netns);
  int ns = open (path, O_RDONLY | O_CLOEXEC);
  struct ifreq request;
  int tun;

  memset (&request, 0, sizeof (request));
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  g_strlcpy (request.ifr_name, device, IFNAMSIZ);
  if (ns < 0 || setns (ns, CLONE_NEWNET) < 0)
    g_error ("%s: %m", path);
  close (ns);
  tun = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0 || ioctl (tun, TUNSETIFF, &request) < 0)
    g_error ("%s in %s: %m", device, netns);

  return tun;
}

static void
init_direction (Direction * self, int from, int to)
{
  memset (self, 0, sizeof (*self));
  self->from = from;
  self->to = to;
  self->queue_limit = 300 * MS;
  self->queued = g_array_new (FALSE, FALSE, sizeof (gdouble));
  g_queue_init (&self->packets);
}

static void
enqueue (Direction * self, Packet * packet, gint64 now)
{
  const gdouble begin = MAX (self->free_at, now);
  const gdouble queued = (begin - now) / MS;

  if (g_random_double () < self->loss) {
    self->n_lost++;
    g_free (packet);
    return;
  }
  if (self->rate > 0) {
    if (begin - now > self->queue_limit) {
      self->n_dropped++;
      g_free (packet);
      return;
    }
    self->free_at = begin + packet->size * 8e6 / self->rate;
  } else {
    self->free_at = now;
  }
  packet->due = self->free_at + self->delay;
  self->bytes += packet->size;
  g_array_append_val (self->queued, queued);
  g_queue_push_tail (&self->packets, packet);
}

static void
take_packets (Direction * self)
{
  for (;;) {
    Packet *packet = g_new (Packet, 1);

    packet->size = read (self->from, packet->data, MTU);
    if (packet->size <= 0) {
      g_free (packet);
      return;
    }
    enqueue (self, packet, g_get_monotonic_time ());
  }
}

/* Returns microseconds until the next one is due */
static gint64
deliver (Direction * self)
{
  const gint64 now = g_get_monotonic_time ();
  Packet *packet;

  while ((packet = g_queue_peek_head (&self->packets)) && packet->due <= now) {
    if (write (self->to, packet->data, packet->size) < 0)
      self->n_dropped++;
    g_free (g_queue_pop_head (&self->packets));
  }

  return packet ? packet->due - now : G_MAXINT64;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gdouble x = *(const gdouble *) a;
  const gdouble y = *(const gdouble *) b;

  return (x > y) - (x < y);
}

static gdouble
percentile (const Direction * self, gdouble p)
{
  if (self->queued->len == 0)
    return 0;

  return g_array_index (self->queued, gdouble,
      (guint) (p * (self->queued->len - 1)));
}

static void
report (Direction * self)
{
  g_array_sort (self->queued, compare);
  printf ("{\"packets\": %u, \"bytes\": %" G_GUINT64_FORMAT ", \"lost\": %u, "
      "\"dropped\": %u, \"queue_ms\": {\"p50\": %.1f, \"p95\": %.1f}}\n",
      self->queued->len, self->bytes, self->n_lost, self->n_dropped,
      percentile (self, 0.5), percentile (self, 0.95));
  g_array_set_size (self->queued, 0);
  self->bytes = 0;
  self->n_lost = self->n_dropped = 0;
}

static void
obey (Direction * down, Direction * up, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  const guint n = g_strv_length (words);
  const gdouble value = n > 2 ? g_ascii_strtod (words[2], NULL) : 0;
  Direction *direction;

  if (n < 2) {
    puts ("what?");
    return;
  }
  direction = g_str_equal (words[0], "up") ? up : down;
  if (g_str_equal (words[1], "report")) {
    report (direction);
    return;
  }
  if (g_str_equal (words[1], "rate"))
    direction->rate = value;
  else if (g_str_equal (words[1], "delay"))
    direction->delay = value * MS;
  else if (g_str_equal (words[1], "queue"))
    direction->queue_limit = value * MS;
  else if (g_str_equal (words[1], "loss"))
    direction->loss = value;
  puts ("ok");
}

static gboolean
read_commands (Direction * down, Direction * up)
{
  static char buffer[4096];
  static gsize have;
  gssize n = read (STDIN_FILENO, buffer + have, sizeof (buffer) - 1 - have);
  char *end;

  if (n <= 0)
    return FALSE;
  have += n;
  buffer[have] = '\0';
  while ((end = strchr (buffer, '\n'))) {
    *end = '\0';
    obey (down, up, buffer);
    have -= end + 1 - buffer;
    memmove (buffer, end + 1, have + 1);
  }
  fflush (stdout);

  return have < sizeof (buffer) - 1;
}

int
main (int argc, char **argv)
{
  Direction down;
  Direction up;
  int a;
  int b;

  if (argc != 5) {
    g_printerr ("usage: relay NETNS DEVICE NETNS DEVICE\n");
    return 2;
  }
  a = open_tun (argv[1], argv[2]);
  b = open_tun (argv[3], argv[4]);
  init_direction (&down, a, b);
  init_direction (&up, b, a);
  puts ("ready");
  fflush (stdout);

  for (;;) {
    struct pollfd fds[] = { {a, POLLIN, 0}, {b, POLLIN, 0},
    {STDIN_FILENO, POLLIN, 0}
    };
    const gint64 wait = MIN (deliver (&down), deliver (&up));
    const struct timespec timeout = { MIN (wait, 1000000) / 1000000,
      MIN (wait, 1000000) % 1000000 * 1000
    };

    ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL);
    take_packets (&down);
    take_packets (&up);
    if (fds[2].revents && !read_commands (&down, &up))
      return 0;
  }
}
