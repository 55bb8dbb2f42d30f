/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A scenario with elements rtpgccbwe, in the time that it takes. */

#include "elementrun.h"

#include "elementflow.h"

typedef struct
{
  RealTime *time;
  const gchar *estimator;
  GPtrArray *flows;             /* element-type ElementFlow */
  GError *error;
} ElementRun;

/* On stderr, as gst-inspect-1.0 has it: which file is measured */
gboolean
element_run_print_plugin (GError ** error)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("rtpgccbwe");
  g_autoptr (GstPlugin) plugin =
      factory ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory)) :
      NULL;

  if (!plugin) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "there is no element rtpgccbwe");
    return FALSE;
  }
  g_printerr ("Filename                 %s\n",
      gst_plugin_get_filename (plugin));

  return TRUE;
}

static Flow *
new_flow (Run * run, NetemLink * forward, NetemLink * backward, guint64 start,
    gpointer data)
{
  ElementRun *self = data;
  Flow *flow = flow_new (run->world, forward, backward,
      GST_RTC_GCC_ESTIMATOR_KALMAN, start);
  ElementFlow *element = self->error ? NULL :
      element_flow_new (self->time, flow, self->estimator, &self->error);

  if (element)
    g_ptr_array_add (self->flows, element);

  return flow;
}

static void
start_all (ElementRun * self)
{
  for (guint i = 0; !self->error && i < self->flows->len; i++)
    element_flow_start (g_ptr_array_index (self->flows, i), &self->error);
}

static void
stop_all (ElementRun * self, Run * run)
{
  real_time_enter (self->time);
  for (guint i = 0; i < run->n_flows; i++)
    run->flows[i]->stopped = TRUE;
  real_time_leave (self->time);
  for (guint i = 0; i < self->flows->len; i++)
    element_flow_stop (g_ptr_array_index (self->flows, i),
        self->error ? NULL : &self->error);
  real_time_end (self->time);
}

/* @run is to be torn down, whether this fails or not */
gboolean
element_run (Run * run, const Scenario * scenario, guint32 seed,
    const gchar * estimator, GError ** error)
{
  g_autoptr (GPtrArray) flows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) element_flow_free);
  ElementRun self = { real_time_new (), estimator, flows, NULL };
  gdouble late;

  run_set_up (run, scenario, seed, new_flow, &self);
  real_time_begin (self.time, run->world);
  start_all (&self);
  if (!self.error) {
    late = real_time_run_until (self.time, S (scenario->seconds));
    g_printerr ("%s: %g s, at most %.1f ms late\n", scenario->name,
        scenario->seconds, late);
  }
  stop_all (&self, run);
  g_ptr_array_set_size (flows, 0);
  real_time_free (self.time);
  if (self.error)
    g_propagate_error (error, self.error);

  return self.error == NULL;
}
