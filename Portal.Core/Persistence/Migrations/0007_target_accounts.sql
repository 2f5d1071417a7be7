-- What Templates/cloudformation/target.yaml makes in an account; a target works without any of it, but for what it says.
alter table targets
  -- What the worker says when it assumes the role.
  add column external_id text,
  -- Bucket for templates above what CloudFormation takes in a call; without it they are refused.
  add column template_bucket text,
  -- Queue of what CloudFormation does; without it stacks are polled only.
  add column event_queue text;
