# With mmcv-lite, the stand-in makes it possible to import mmsegmentation; with
# mmcv it does nothing.
custom_imports = dict(imports=[
    'mmdepth_gradloss.config.mmcv_ops_stand_in', 'mmdepth_gradloss'
])
