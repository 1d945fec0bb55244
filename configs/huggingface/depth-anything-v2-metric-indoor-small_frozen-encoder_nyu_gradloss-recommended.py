_base_ = './depth-anything-v2-metric-indoor-small_nyu_gradloss-recommended.py'
# Trains neck and head only: about a tenth of the weights, and less memory for
# the backward pass.
model = dict(freeze_backbone=True)
