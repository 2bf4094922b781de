# The part of `ssh` that every change goes through: two machines that share nothing, of which one dies. Sourced by scripts/rehearse.
machines=2
. scripts/rehearsals/ssh.sh
