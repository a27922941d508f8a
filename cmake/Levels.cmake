# The level of each module. A module may depend only on modules of a strictly lower level (DESIGN: modules);
# tieout_module() stops the configuration when one does not.
set(TIEOUT_LEVEL_core 0)
set(TIEOUT_LEVEL_config 1)
set(TIEOUT_LEVEL_runlog 1)
set(TIEOUT_LEVEL_marketdata 2)
set(TIEOUT_LEVEL_dataflow 2)
set(TIEOUT_LEVEL_oms 2)
set(TIEOUT_LEVEL_recon 2)
set(TIEOUT_LEVEL_system 3)
set(TIEOUT_LEVEL_report 3)
set(TIEOUT_LEVEL_flow 4)
set(TIEOUT_LEVEL_cli 5)
