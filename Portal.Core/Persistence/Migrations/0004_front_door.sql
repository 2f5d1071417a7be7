-- Where a browser reaches a target's APIs when it is not at the host names AWS gives them; '{api}' stands for an API's id.
alter table targets add column front_door_url text;
