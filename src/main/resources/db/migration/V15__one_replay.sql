-- One replay of a topic at a time, of all instances. base: which log the offsets are of (views.projection_position); null: not
-- known. When it has been raised since, the topic was made anew or truncated, and the replay's end may never be reached.
ALTER TABLE public.replay_partition ADD COLUMN base bigint;

UPDATE public.replay r SET finished_at = now()
WHERE finished_at IS NULL AND EXISTS (SELECT FROM public.replay later WHERE later.topic = r.topic AND later.id > r.id);

CREATE UNIQUE INDEX replay_under_way ON public.replay (topic) WHERE finished_at IS NULL;
