"""The nightly run and the command line: the only place that knows Prefect and the settings."""

from flows.quiet import settle

settle()
