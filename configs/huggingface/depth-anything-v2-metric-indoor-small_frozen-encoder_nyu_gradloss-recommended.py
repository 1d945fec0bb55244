_base_ = './depth-anything-v2-metric-indoor-small_nyu_gradloss-recommended.py'
# Neck and head alone: about a tenth of the weights, and nothing to keep for
# a backward pass through the others.
model = dict(freeze_backbone=True)
