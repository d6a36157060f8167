"""People of the units (主要负责人、分管领导、受理转办人员、值班联系人) and what was changed about a unit."""
