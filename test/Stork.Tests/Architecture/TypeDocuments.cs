using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Stork.Tests.Architecture;

/// <summary>The files of types without code (interfaces, enumerations), which portable symbols list apart.</summary>
internal sealed class TypeDocuments(string symbols) : IDisposable
{
    /// <summary>"Type Definition Documents" of the portable PDB format: a list of compressed row numbers.</summary>
    private static readonly Guid Kind = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReaderProvider _provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(symbols));

    /// <param name="row">The type's row in the table of definitions.</param>
    public IEnumerable<string> Of(int row)
    {
        var reader = _provider.GetMetadataReader();
        foreach (var handle in reader.GetCustomDebugInformation(MetadataTokens.TypeDefinitionHandle(row)))
        {
            var information = reader.GetCustomDebugInformation(handle);
            if (reader.GetGuid(information.Kind) != Kind) continue;
            var rows = reader.GetBlobReader(information.Value);
            while (rows.RemainingBytes > 0)
                yield return reader.GetString(reader.GetDocument(MetadataTokens.DocumentHandle(rows.ReadCompressedInteger())).Name);
        }
    }

    public void Dispose() => _provider.Dispose();
}
