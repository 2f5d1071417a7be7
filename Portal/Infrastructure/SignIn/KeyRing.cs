using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Portal.Infrastructure.SignIn;

/// <summary>The data protection keys, in Postgres: what one portal protects (form tokens, circuits' state, the provider's tokens) any other reads.</summary>
internal sealed class KeyRing(DbContextOptions<KeyRing> options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<DataProtectionKey>(entity =>
    {
        entity.ToTable("data_protection_keys");
        entity.Property(key => key.Id).HasColumnName("id");
        entity.Property(key => key.FriendlyName).HasColumnName("friendly_name");
        entity.Property(key => key.Xml).HasColumnName("xml");
    });
}

/// <summary>Section <c>Portal:Keys</c>.</summary>
public sealed class KeyOptions
{
    /// <summary>The first protects new keys at rest, all of them open old ones; none leaves them as they are.</summary>
    public List<KeyCertificate> Certificates { get; init; } = [];
}

/// <summary>PEM files.</summary>
public sealed class KeyCertificate
{
    public string Path { get; init; } = "";

    public string KeyPath { get; init; } = "";
}

internal static class KeyRingExtensions
{
    // The name is part of every protected thing: it must stay the same.
    private const string ApplicationName = "Portal";

    /// <exception cref="OptionsValidationException">A certificate cannot be read.</exception>
    public static void AddPortalKeyRing(this WebApplicationBuilder builder)
    {
        builder.Services.AddDbContext<KeyRing>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        var protection = builder.Services.AddDataProtection().SetApplicationName(ApplicationName).PersistKeysToDbContext<KeyRing>();
        var settings = builder.Configuration.GetSection("Portal:Keys").Get<KeyOptions>() ?? new KeyOptions();
        var certificates = settings.Certificates.Select(Read).ToArray();
        if (certificates.Length > 0)
            protection.ProtectKeysWithCertificate(certificates[0]).UnprotectKeysWithAnyCertificate(certificates);
    }

    private static X509Certificate2 Read(KeyCertificate files, int index)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(files.Path, files.KeyPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new OptionsValidationException("Portal:Keys", typeof(KeyOptions),
                [$"Portal:Keys:Certificates:{index} cannot be read ({error.Message}); give Path and KeyPath of a certificate and its RSA key as PEM files."]);
        }
    }
}
