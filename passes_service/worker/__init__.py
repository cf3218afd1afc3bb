"""The worker: delivers what the outbox holds, and does what the timetable says."""
