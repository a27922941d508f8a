tieout run_master_system_observer_notebook \
    --prod-data-root-dir /data/shared/ecs/preprod/system_reconciliation/ \
    --dag-builder-ctor-as-str dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder \
    --run-mode paper_trading \
    --tag config1 \
    --start-timestamp-as-str 20231108_130500 \
    --end-timestamp-as-str 20231109_130000 \
    --mode scheduled \
    --mark-as-last-5minute-run \
    --publish-dir /data/shared/ecs/preprod/published
