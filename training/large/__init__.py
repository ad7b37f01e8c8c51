"""Training on more rows than memory holds, and on more processes than one."""
