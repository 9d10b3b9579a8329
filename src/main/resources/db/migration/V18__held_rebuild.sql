-- A rebuild may be held before the exchange, until somebody has seen what it changes and approves it. changes: a list with
-- what the new generation changes in each view for those who read it.
ALTER TABLE public.rebuild
    ADD COLUMN hold        boolean NOT NULL DEFAULT false,
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN changes     jsonb,
    DROP CONSTRAINT rebuild_state_check,
    ADD CONSTRAINT rebuild_state_check
        CHECK (state IN ('PREPARING', 'FILLING', 'INDEXING', 'CATCHING_UP', 'COMPARING', 'HELD', 'SWAPPING',
                         'DONE', 'CANCELLED', 'FAILED', 'ABANDONED', 'ROLLED_BACK'));
