using System.Text;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>The little of protobuf's wire format that one document needs: length-delimited fields.</summary>
internal sealed class ProtobufWriter
{
    private readonly MemoryStream _bytes = new();

    public ProtobufWriter Text(int field, string value)
    {
        Write(field, Encoding.UTF8.GetBytes(value));
        return this;
    }

    public ProtobufWriter Message(int field, Action<ProtobufWriter> fill)
    {
        var message = new ProtobufWriter();
        fill(message);
        Write(field, message.ToArray());
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    private void Write(int field, byte[] value)
    {
        const int LengthDelimited = 2;
        Varint((field << 3) | LengthDelimited);
        Varint(value.Length);
        _bytes.Write(value);
    }

    private void Varint(int value)
    {
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            _bytes.WriteByte((byte)(rest | 0x80));
            rest >>= 7;
        }

        _bytes.WriteByte((byte)rest);
    }
}
