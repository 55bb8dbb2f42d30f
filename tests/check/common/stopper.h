/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* All the ways in which an application may set a pipeline to NULL. */

typedef enum
{
  BY_APPLICATION,
  BY_THREAD_OF_HANDLER,         /* while the handler still runs */
  BY_HANDLER,
  BY_SYNC_HANDLER,              /* of the bus */
  BY_LAST_REFERENCE,            /* after NULL by a handler */
  N_WAYS,
  BY_HANDLER_AND_BACK           /* the element alone: NULL, PLAYING, NULL */
} Way;

typedef struct
{
  GstElement *pipeline;
  GstElement *element;          /* whose handlers run on its control thread */
  Way way;
  gboolean called;              /* control thread only */
  GThread *thread;              /* of BY_THREAD_OF_HANDLER */

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  gboolean reached;
  gboolean stopped;
} Stopper;

/* Borrows pipeline and element, and takes the pipeline's sync handler */
void stopper_init (Stopper * self, GstElement * pipeline, GstElement * element,
    Way way);
/* Before the pipeline goes */
void stopper_leave_bus (Stopper * self);
void stopper_clear (Stopper * self);

/* A handler, at the moment: begins to stop unless that is the application's.
 * Whatever calls handlers again in the course of it does nothing. */
void stopper_handle (Stopper * self);

/* Waits for the moment, and until it stopped in its way */
void stopper_wait (Stopper * self);

/* Sets the pipeline to NULL; an element that waits in vain fails */
void stopper_stop (Stopper * self);

/* How often a way is tried at a moment */
guint stopper_get_n_times (void);
