using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Portal.Core.Persistence;

/// <summary>The only shared state. Schema: Migrations/*.sql; this maps to it.</summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options) : DbContext(options)
{
    public DbSet<TargetRow> Targets => Set<TargetRow>();
    public DbSet<EnvironmentRow> Environments => Set<EnvironmentRow>();
    public DbSet<SpecificationRow> Specifications => Set<SpecificationRow>();
    public DbSet<RequestRow> Requests => Set<RequestRow>();
    public DbSet<ApprovalRow> Approvals => Set<ApprovalRow>();
    public DbSet<OperationRow> Operations => Set<OperationRow>();
    public DbSet<WaitingOperationRow> WaitingOperations => Set<WaitingOperationRow>();
    public DbSet<StepRow> Steps => Set<StepRow>();
    public DbSet<DeploymentRow> Deployments => Set<DeploymentRow>();
    public DbSet<ResourceRow> Resources => Set<ResourceRow>();
    public DbSet<ResidueRow> Residues => Set<ResidueRow>();
    public DbSet<EventRow> Events => Set<EventRow>();
    public DbSet<ObservationRow> Observations => Set<ObservationRow>();
    public DbSet<DriftCheckRow> DriftChecks => Set<DriftCheckRow>();
    public DbSet<DriftRow> Drifts => Set<DriftRow>();
    public DbSet<DriftIgnoreRow> DriftIgnores => Set<DriftIgnoreRow>();
    public DbSet<UnseenRow> Unseen => Set<UnseenRow>();
    public DbSet<ArtifactRow> Artifacts => Set<ArtifactRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TargetRow>().ToTable("targets").HasKey(row => row.Name);
        modelBuilder.Entity<EnvironmentRow>(entity =>
        {
            entity.ToTable("environments").HasKey(row => row.Id);
            entity.Property(row => row.State).HasConversion<string>();
            entity.Property(row => row.Health).HasConversion<string>();
            entity.Property(row => row.HealthReasons).HasColumnType("jsonb");
            entity.Property(row => row.Timetable).HasColumnType("jsonb");
            // Only append_event and Work move them.
            entity.Property(row => row.LastEvent).ValueGeneratedOnAddOrUpdate().Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
            entity.Property(row => row.Revision).ValueGeneratedOnAddOrUpdate().Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
        });
        modelBuilder.Entity<SpecificationRow>(entity =>
        {
            entity.ToTable("specifications").HasKey(row => new { row.EnvironmentId, row.Version });
            entity.Property(row => row.Document).HasColumnType("jsonb");
            // Keys without navigations: they tell EF in which order to insert.
            entity.HasOne<EnvironmentRow>().WithMany().HasForeignKey(row => row.EnvironmentId);
        });
        modelBuilder.Entity<RequestRow>(entity =>
        {
            entity.ToTable("requests").HasKey(row => row.Id);
            entity.Property(row => row.Number).ValueGeneratedOnAdd();
            entity.Property(row => row.Kind).HasConversion<string>();
            entity.Property(row => row.State).HasConversion<string>();
            entity.Property(row => row.Plan).HasColumnType("jsonb");
            entity.Property(row => row.Facts).HasColumnType("jsonb");
            entity.HasMany(row => row.Approvals).WithOne().HasForeignKey(row => row.RequestId);
            entity.HasOne<SpecificationRow>().WithMany().HasForeignKey(row => new { row.EnvironmentId, row.SpecificationVersion });
        });
        modelBuilder.Entity<ApprovalRow>().ToTable("approvals").HasKey(row => row.Id);
        modelBuilder.Entity<OperationRow>(entity =>
        {
            entity.ToTable("operations").HasKey(row => row.Id);
            entity.Property(row => row.Kind).HasConversion<string>();
            entity.Property(row => row.State).HasConversion<string>();
            entity.Property(row => row.Plan).HasColumnType("jsonb");
            entity.Property(row => row.Failure).HasColumnType("jsonb");
            entity.HasOne<EnvironmentRow>().WithMany().HasForeignKey(row => row.EnvironmentId);
            entity.HasOne<RequestRow>().WithMany().HasForeignKey(row => row.RequestId);
        });
        modelBuilder.Entity<WaitingOperationRow>(entity =>
        {
            entity.ToTable("waiting_operations").HasKey(row => row.Id);
            entity.Property(row => row.Kind).HasConversion<string>();
        });
        modelBuilder.Entity<StepRow>(entity =>
        {
            entity.ToTable("steps").HasKey(row => new { row.OperationId, row.Name });
            entity.Property(row => row.Kind).HasConversion<string>();
            entity.Property(row => row.Action).HasConversion<string>();
            entity.Property(row => row.State).HasConversion<string>();
            entity.Property(row => row.Outputs).HasColumnType("jsonb");
            entity.HasOne<OperationRow>().WithMany().HasForeignKey(row => row.OperationId);
            entity.Property(row => row.Failure).HasColumnType("jsonb");
            entity.Property(row => row.Waiting).HasColumnType("jsonb");
        });
        modelBuilder.Entity<DeploymentRow>(entity =>
        {
            entity.ToTable("deployments").HasKey(row => new { row.EnvironmentId, row.Step });
            entity.Property(row => row.Plan).HasColumnType("jsonb");
            entity.Property(row => row.Outputs).HasColumnType("jsonb");
        });
        modelBuilder.Entity<ResidueRow>().ToTable("residues").HasKey(row => new { row.EnvironmentId, row.Kind, row.Id });
        modelBuilder.Entity<ResourceRow>().ToTable("resources").HasKey(row => new { row.EnvironmentId, row.Step, row.Type, row.Name });
        modelBuilder.Entity<EventRow>(entity =>
        {
            entity.ToTable("events").HasKey(row => new { row.EnvironmentId, row.Number });
            entity.Property(row => row.Severity).HasConversion<string>();
            entity.Property(row => row.ActorKind).HasConversion<string>();
        });
        modelBuilder.Entity<ObservationRow>(entity =>
        {
            entity.ToTable("observations").HasKey(row => new { row.Target, row.Kind, row.Name });
            entity.Property(row => row.Data).HasColumnType("jsonb");
        });
        modelBuilder.Entity<DriftCheckRow>().ToTable("drift_checks").HasKey(row => row.EnvironmentId);
        modelBuilder.Entity<DriftRow>().ToTable("drifts").HasKey(row => new { row.EnvironmentId, row.Step, row.Resource, row.Property });
        modelBuilder.Entity<DriftIgnoreRow>().ToTable("drift_ignores").HasKey(row => new { row.EnvironmentId, row.Step, row.Resource });
        modelBuilder.Entity<UnseenRow>().ToView("unseen").HasNoKey();
        modelBuilder.Entity<ArtifactRow>().ToTable("artifacts").HasKey(row => row.Digest);

        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
