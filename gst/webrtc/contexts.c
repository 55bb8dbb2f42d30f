/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GstContexts for elements in pipelines of our own, which nobody else sees: a
 * GL display, say, or a CUDA device, that the application has. */

#include "contexts.h"

/**
 * gst_rtc_contexts_forward:
 * @element: (nullable): the bin that stands for the pipeline
 * @message: what an element in the pipeline posted
 *
 * If the message asks for a context or announces one, treats it as if it came
 * from inside of @element: who asks gets what the element or one around it has,
 * or the application is asked, all before the one who asks goes on.
 *
 * Returns: whether it was such a message
 *
 * Thread: the one that posted
 */
gboolean
gst_rtc_contexts_forward (GstElement * element, GstMessage * message)
{
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_NEED_CONTEXT &&
      GST_MESSAGE_TYPE (message) != GST_MESSAGE_HAVE_CONTEXT)
    return FALSE;

  if (element)
    GST_BIN_GET_CLASS (element)->handle_message (GST_BIN (element),
        gst_message_ref (message));

  return TRUE;
}
