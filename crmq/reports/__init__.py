"""Reports: one module per output format. They render results and decide nothing."""
