/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every element of the plugin goes up and down through all states and leaves
 * nothing behind. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>

static const GstState way[] = {
  GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PAUSED,
  GST_STATE_READY, GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_NULL,
  GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_NULL,
};

/* No server listens there, and none is looked for elsewhere */
static void
keep_to_loopback (GstElement * element)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "signaller"))
    gst_child_proxy_set (GST_CHILD_PROXY (element), "signaller::uri",
        "ws://127.0.0.1:1", NULL);
}

static void
walk (GstElement * element)
{
  for (guint i = 0; i < G_N_ELEMENTS (way); i++) {
    GstStateChangeReturn ret = gst_element_set_state (element, way[i]);

    if (ret == GST_STATE_CHANGE_ASYNC)
      ret = gst_element_get_state (element, NULL, NULL, 10 * GST_SECOND);
    fail_if (ret == GST_STATE_CHANGE_FAILURE || ret == GST_STATE_CHANGE_ASYNC,
        "%s does not go to %s", GST_OBJECT_NAME (element),
        gst_element_state_get_name (way[i]));
  }
}

static GList *
list_factories (void)
{
  GList *features = gst_registry_get_feature_list_by_plugin
      (gst_registry_get (), "rtc");
  GList *factories = NULL;

  for (GList * l = features; l; l = l->next) {
    if (GST_IS_ELEMENT_FACTORY (l->data))
      factories = g_list_append (factories, gst_object_ref (l->data));
  }
  gst_plugin_feature_list_free (features);
  fail_unless (factories != NULL, "the plugin has no elements");

  return factories;
}

GST_START_TEST (up_and_down)
{
  GList *factories = list_factories ();

  for (GList * l = factories; l; l = l->next) {
    GstElement *element = gst_element_factory_create (l->data, NULL);

    GST_INFO ("%s", GST_OBJECT_NAME (l->data));
    gst_object_ref_sink (element);
    keep_to_loopback (element);
    for (guint i = 0; i < 3; i++)
      walk (element);
    unref_and_wait (element);
  }
  gst_plugin_feature_list_free (factories);
}

GST_END_TEST;

GST_START_TEST (made_and_dropped)
{
  GList *factories = list_factories ();

  for (GList * l = factories; l; l = l->next) {
    GstElement *element = gst_element_factory_create (l->data, NULL);

    gst_object_ref_sink (element);
    gst_check_object_destroyed_on_unref (element);
  }
  gst_plugin_feature_list_free (factories);
}

GST_END_TEST;

static gboolean
has_template (GstElement * element, GstPadDirection direction)
{
  for (GList * l = gst_element_get_pad_template_list (element); l; l = l->next) {
    if (GST_PAD_TEMPLATE_DIRECTION (l->data) == direction)
      return TRUE;
  }

  return FALSE;
}

/* A pipeline ends when all its sinks did, and looks for sources to send events
 * to: an element is what its klass says, whatever is put into it (D20) */
GST_START_TEST (flags_stay)
{
  GList *factories = list_factories ();

  for (GList * l = factories; l; l = l->next) {
    GstElement *element = gst_element_factory_create (l->data, NULL);
    const gboolean sink = !has_template (element, GST_PAD_SRC);
    const gboolean source = !has_template (element, GST_PAD_SINK);

    gst_object_ref_sink (element);
    for (guint i = 0; i < 2 && (sink || source); i++) {
      fail_unless_equals_int (GST_OBJECT_FLAG_IS_SET (element,
              GST_ELEMENT_FLAG_SINK), sink);
      fail_unless_equals_int (GST_OBJECT_FLAG_IS_SET (element,
              GST_ELEMENT_FLAG_SOURCE), source);
      if (i == 0 && GST_IS_BIN (element)) {
        gst_bin_add_many (GST_BIN (element),
            gst_element_factory_make ("fakesrc", "fakesrc"),
            gst_element_factory_make ("fakesink", "fakesink"), NULL);
      }
    }
    gst_object_unref (element);
  }
  gst_plugin_feature_list_free (factories);
}

GST_END_TEST;

/* As a user would: the default signaller finds no server, which is an error
 * of the pipeline and not the end of the process */
static const gchar *const pipelines[] = {
  "videotestsrc is-live=true ! webrtcsink name=e",
  "videotestsrc is-live=true ! webrtcsink name=e audiotestsrc ! e.",
  "videotestsrc is-live=true ! vp8enc deadline=1 ! webrtcsink name=e",
  "videotestsrc num-buffers=30 ! webrtcsink name=e",
  "audiotestsrc num-buffers=30 ! opusenc ! webrtcsink name=e",
};

GST_START_TEST (in_a_pipeline)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (pipelines[__i__], &error);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "e");
  GstBus *bus;

  g_assert_no_error (error);
  gst_object_ref_sink (pipeline);
  keep_to_loopback (element);
  bus = gst_element_get_bus (pipeline);
  for (guint i = 0; i < 3; i++) {
    GstMessage *message;

    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
        GST_MESSAGE_ERROR);
    fail_unless (message != NULL, "no error without a server");
    fail_unless (GST_MESSAGE_SRC (message) == GST_OBJECT (element));
    gst_message_unref (message);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    walk (pipeline);
    gst_bus_set_flushing (bus, TRUE);
    gst_bus_set_flushing (bus, FALSE);
  }
  gst_object_unref (element);
  gst_object_unref (bus);
  unref_and_wait (pipeline);
}

GST_END_TEST;

static Suite *
states_suite (void)
{
  Suite *s = suite_create ("states");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, up_and_down);
  tcase_add_test (tc, made_and_dropped);
  tcase_add_test (tc, flags_stay);
  tcase_add_loop_test (tc, in_a_pipeline, 0, G_N_ELEMENTS (pipelines));

  return s;
}

GST_CHECK_MAIN (states);
