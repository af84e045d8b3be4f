package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.safetensors.SafetensorsFile;
import dev.nomoat.file.safetensors.SafetensorsTensor;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a folder under their names there. */
final class StoredTensors {
  private final SafetensorsFile weights;

  StoredTensors(SafetensorsFile weights) {
    this.weights = weights;
  }

  /** All tensors, in the order of the files. */
  List<SourceTensor> all() {
    List<SourceTensor> all = new ArrayList<>();
    for (SafetensorsTensor tensor : weights.tensors()) {
      all.add(plain(tensor));
    }
    return all;
  }

  private SourceTensor plain(SafetensorsTensor tensor) {
    Path file = weights.files().get(tensor.part());
    if (tensor.elements() == 0) {
      throw new ModelFormatException(
          file, tensor.offset(), "numbers in tensor " + tensor.name(), "shape " + tensor.shape());
    }
    TensorType type =
        tensor
            .type()
            .tensorType()
            .orElseThrow(
                () ->
                    new UnsupportedModelException(
                        file,
                        tensor.offset(),
                        "weights of type " + tensor.type(),
                        "tensor " + tensor.name()));
    return new StoredTensor(tensor.name(), weights, tensor, type);
  }
}
