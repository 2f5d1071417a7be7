-- The golden path that an environment began with, an id of golden-paths.yaml; empty for none.
alter table environments add column golden_path text not null default '';
