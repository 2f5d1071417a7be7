using System.Formats.Tar;
using System.IO.Compression;

namespace Portal.Worker.Helm;

/// <summary>Approved charts, where helm can read them.</summary>
public interface IChartFiles
{
    /// <param name="archive">As it is stored: a folder in a packed archive.</param>
    IUnpackedChart Unpack(byte[] archive);
}

/// <summary>Gone when it is disposed of.</summary>
public interface IUnpackedChart : IDisposable
{
    string Path { get; }
}

/// <inheritdoc/>
internal sealed class ChartFiles : IChartFiles
{
    public IUnpackedChart Unpack(byte[] archive)
    {
        var folder = Directory.CreateTempSubdirectory(HelmLeftovers.ChartPrefix(Environment.ProcessId));
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(gzip, folder.FullName, overwriteFiles: false);
        return new Unpacked(folder);
    }

    private sealed class Unpacked(DirectoryInfo folder) : IUnpackedChart
    {
        public string Path { get; } = folder.GetDirectories().Single().FullName;

        public void Dispose() => folder.Delete(recursive: true);
    }
}
