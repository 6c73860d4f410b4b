# client.sh - functions to drive the unit with, for rover(1) and for scripts.
# To be sourced.  Bash only.

. /etc/rover/unit.conf
: "${ROVER_LIB:=/usr/local/lib/rover}"
: "${ROVER_RUN:=/run/rover}"
: "${ROVER_LOG:=/var/log/rover/events.log}"
: "${ROVER_MAP:=/etc/rover/map.tsv}"

rv_log() {
	printf '%(%F %T)T %s\n' -1 "$*" >> "$ROVER_LOG"
}

# Has somebody pressed the button of this unit?
rv_stop_requested() {
	[ -f "$ROVER_RUN/stop-request" ] && [ -s "$ROVER_RUN/stop-request" ]
}

# A stop request turns the unit off.  rover calls this before every drive;
# rv_drive does not, so scripts have to.
rv_heed_stop() {
	rv_stop_requested || return 0
	rv_log "stop request: $(< "$ROVER_RUN/stop-request")"
	"$ROVER_LIB/power-off" "stop request"
}

# rv_drive STOP: hands the target to the drive controller and waits.
rv_drive() {
	if ugv-link drive "$1"; then
		rv_log "drive $1: arrived"
	else
		rv_log "drive $1: refused"
		return 1
	fi
}

rv_frame() {
	ugv-link frame
}

rv_status() {
	echo "unit          $ROVER_UNIT"
	ugv-link state
	if rv_stop_requested; then
		echo "stop request  $(< "$ROVER_RUN/stop-request")"
	else
		echo "stop request  none"
	fi
}
